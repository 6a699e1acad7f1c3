#pragma once

/**
 * Whether this kernel lets a program be put at the end of a kernel function, tried with a program of two instructions: all
 * others of that kind would be refused likewise, and to find out by them takes as long as loading everything.
 */
bool functions_can_be_traced();
