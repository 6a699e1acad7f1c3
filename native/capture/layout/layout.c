/* Compiled for its type information alone, from which src/layout.generated.ts is made. */
#include "flow_layout.h"

struct flow_layout layout;
