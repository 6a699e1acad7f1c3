/* Compiled for its type information alone, from which src/layout.generated.ts is made. */
#include "record_layout.h"

struct record_layout layout;
