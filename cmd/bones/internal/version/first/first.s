// This file is here so that the compiler takes a function without a body: modinfo is in the runtime.
