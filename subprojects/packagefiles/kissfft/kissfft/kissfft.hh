// The path that the header has once it is installed.
#include "../kissfft.hh"
