#pragma once

/**
 * Whether a program that is put at the end of a kernel function is loaded here, and called: tried with a program of two
 * instructions, because to find out by those that are needed takes as long as loading everything; where
 * kernel.ftrace_enabled is 0, programs are taken and attached, and never called.
 */
bool functions_can_be_traced();
