/* Memory allocators that never return NULL, and arenas.
 *
 * The program aborts with one line when memory is exhausted. Sizes that come from the
 * network are capped before they get here. */
#ifndef FM_BASE_MEM_H
#define FM_BASE_MEM_H

#include <feedmill/feed.h>
#include <stddef.h>

void *fm_alloc(size_t bytes);  /* not zeroed */
void *fm_zalloc(size_t bytes); /* zeroed */
void *fm_realloc(void *old, size_t bytes);
void *fm_dup(const void *from, size_t bytes);
char *fm_strdup(const char *text);

/* Called in place of the message and abort() when memory is exhausted; it must not return. For
 * a process that ends with a status of its own. NULL: the default. */
void fm_mem_on_exhausted(void (*end)(void));

/* One zeroed struct of a type. */
#define FM_NEW(type) ((type *)fm_zalloc(sizeof(type)))

/* An arena frees many small allocations at once. It must not be used by two threads at a
 * time. Zero-initialised is an empty arena. */
typedef struct fm_arena {
  struct fm_arena_block *blocks;
  char *next, *end;
  size_t used; /* bytes allocated, for caps and metrics */
} fm_arena;

void fm_arena_deinit(fm_arena *arena);               /* frees all, leaves it empty */
void *fm_arena_alloc(fm_arena *arena, size_t bytes); /* zeroed, aligned for any type */
char *fm_arena_raw(fm_arena *arena, size_t bytes);   /* not zeroed, not aligned: text */
/* Returns the tail of the last fm_arena_raw allocation and keeps its first `used` bytes. */
void fm_arena_trim(fm_arena *arena, char *raw, size_t had, size_t used);
fm_str fm_arena_str(fm_arena *arena, fm_str from); /* a copy, NUL-terminated */
fm_str fm_arena_printf(fm_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull(2)));

/* Growing array in an arena: ensures room for one more item. Growing doubles the capacity
 * and abandons the old memory. `items`, `count` and `cap` belong to the caller. */
void *fm_arena_grow(fm_arena *arena, void *items, size_t count, size_t *cap,
                    size_t item_size);
#define FM_PUSH(arena, items, count, cap)                                     \
  ((items) = fm_arena_grow((arena), (items), (count), &(cap), sizeof *(items)), \
   &(items)[(count)++])

#endif
