/* Allocation wrappers that abort when memory is exhausted, and the arena allocator. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 16 * 1024, BLOCK_MAX = 1024 * 1024 };

struct fm_arena_block {
  struct fm_arena_block *older;
  size_t size;
  max_align_t data[];
};

static void (*on_exhausted)(void); /* set before any thread starts */

void fm_mem_on_exhausted(void (*end)(void)) { on_exhausted = end; }

static void *or_die(void *got, size_t bytes)
{
  if (got || bytes == 0)
    return got;
  if (on_exhausted)
    on_exhausted();
  fprintf(stderr, "feedmill: out of memory (%zu bytes asked for)\n", bytes);
  abort();
}

void *fm_alloc(size_t bytes) { return or_die(malloc(bytes), bytes); }
void *fm_zalloc(size_t bytes) { return or_die(calloc(1, bytes), bytes); }
void *fm_realloc(void *old, size_t bytes) { return or_die(realloc(old, bytes), bytes); }

void *fm_dup(const void *from, size_t bytes)
{
  void *copy = fm_alloc(bytes ? bytes : 1);
  if (bytes)
    memcpy(copy, from, bytes);
  return copy;
}

char *fm_strdup(const char *text) { return fm_dup(text, strlen(text) + 1); }

void fm_arena_deinit(fm_arena *arena)
{
  for (struct fm_arena_block *b = arena->blocks, *older; b; b = older) {
    older = b->older;
    free(b);
  }
  *arena = (fm_arena){0};
}

/* Adds a block twice as large as the previous one, so that blocks stay few. A larger request
 * gets a block of its own size. */
static void add_block(fm_arena *arena, size_t need)
{
  size_t size = arena->blocks ? arena->blocks->size * 2 : BLOCK_MIN;
  if (size > BLOCK_MAX)
    size = BLOCK_MAX;
  if (size < need)
    size = need;
  struct fm_arena_block *b = fm_alloc(sizeof *b + size);
  b->older = arena->blocks;
  b->size = size;
  arena->blocks = b;
  arena->next = (char *)b->data;
  arena->end = arena->next + size;
}

char *fm_arena_raw(fm_arena *arena, size_t bytes)
{
  if ((size_t)(arena->end - arena->next) < bytes || !arena->next)
    add_block(arena, bytes);
  char *p = arena->next;
  arena->next += bytes;
  arena->used += bytes;
  return p;
}

void fm_arena_trim(fm_arena *arena, char *raw, size_t had, size_t used)
{
  if (raw + had != arena->next)
    return;
  arena->next = raw + used;
  arena->used -= had - used;
}

void *fm_arena_alloc(fm_arena *arena, size_t bytes)
{
  size_t align = alignof(max_align_t);
  size_t skew = (size_t)(-(uintptr_t)arena->next & (align - 1));
  if (!arena->next || (size_t)(arena->end - arena->next) < skew + bytes) {
    add_block(arena, bytes);
    skew = 0;
  }
  char *p = arena->next + skew;
  arena->next = p + bytes;
  arena->used += skew + bytes;
  return memset(p, 0, bytes);
}

fm_str fm_arena_str(fm_arena *arena, fm_str from)
{
  char *p = fm_arena_raw(arena, from.len + 1);
  if (from.len)
    memcpy(p, from.ptr, from.len);
  p[from.len] = 0;
  return (fm_str){p, from.len};
}

fm_str fm_arena_printf(fm_arena *arena, const char *format, ...)
{
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int len = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *p = fm_arena_raw(arena, (size_t)len + 1);
  vsnprintf(p, (size_t)len + 1, format, again);
  va_end(again);
  return (fm_str){p, (size_t)len};
}

void *fm_arena_grow(fm_arena *arena, void *items, size_t count, size_t *cap,
                    size_t item_size)
{
  if (count < *cap)
    return items;
  size_t more = *cap ? *cap * 2 : 8;
  void *bigger = fm_arena_alloc(arena, more * item_size);
  if (count)
    memcpy(bigger, items, count * item_size);
  *cap = more;
  return bigger;
}
