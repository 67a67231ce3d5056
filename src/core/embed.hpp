#pragma once
// XGRAD_EMBED_FILE(name, path): a file, as bytes name … name_end in the library. (A macro, since an assembler does it.)
// XGRAD_EMBED(name, file): the same for a file of src/data.

#if defined(__APPLE__)
#define XGRAD_SECTION ".const_data"
#define XGRAD_SYMBOL(name) "_" #name
#else
#define XGRAD_SECTION ".section .rodata"
#define XGRAD_SYMBOL(name) #name
#endif
#define XGRAD_EMBED_FILE(name, path)                                                                                \
  __asm__(XGRAD_SECTION "\n.balign 16\n" XGRAD_SYMBOL(name) ":\n.incbin \"" path                                    \
                                                            "\"\n" XGRAD_SYMBOL(name##_end) ":\n.byte 0\n.text\n"); \
  extern "C" __attribute__((visibility("hidden"))) const unsigned char name[], name##_end[];
#define XGRAD_EMBED(name, file) XGRAD_EMBED_FILE(name, XGRAD_SHIPPED_DATA "/" file)
