#include "page/tree_memory.h"

#include "base/list.h"
#include "base/mem.h"

#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

fm_tree_memory *tree_memory_begin(void) { return NULL; }
void tree_memory_end(void) { }
void tree_memory_free(fm_tree_memory *memory) { (void)memory; }

#else

enum {
  BLOCK = 64 * 1024 - 64, /* malloc keeps such blocks, and their pages, for the next tree */
  SMALL = 8 * 1024,       /* more is a piece of its own: buffers that grow, long texts */
  WORD = sizeof(size_t)
};

/* The word before each piece: its size, and in the low bits whose it is. Pieces are
 * aligned to a word, which is as much as libxml2's structs ask for. */
enum { OWN = 0, IN_BLOCK = 1, TRACKED = 2, KINDS = 3 };

typedef struct block {
  struct block *next;
} block;

typedef struct tracked {
  fm_node node;
  size_t unused;
  size_t head;
} tracked;

struct fm_tree_memory {
  block *blocks;
  char *at, *end;
  fm_list tracked;
};

static _Thread_local fm_tree_memory *current;

static size_t *head_of(void *piece) { return (size_t *)piece - 1; }
static size_t size_of(void *piece) { return *head_of(piece) >> 2; }
static size_t rounded(size_t bytes) { return (bytes + WORD - 1) & ~(size_t)(WORD - 1); }

static void *in_block(fm_tree_memory *m, size_t bytes)
{
  size_t room = rounded(bytes) + WORD;
  if ((size_t)(m->end - m->at) < room) {
    block *b = fm_alloc(BLOCK);
    b->next = m->blocks;
    m->blocks = b;
    m->at = (char *)(b + 1);
    m->end = (char *)b + BLOCK;
  }
  size_t *head = (size_t *)(void *)m->at;
  m->at += room;
  *head = bytes << 2 | IN_BLOCK;
  return head + 1;
}

static void *keep_track(fm_tree_memory *m, tracked *t, size_t bytes)
{
  t->node = (fm_node){NULL, NULL};
  t->head = bytes << 2 | TRACKED;
  fm_list_add(&m->tracked, &t->node);
  return &t->head + 1;
}

static void *take(size_t bytes)
{
  if (bytes > SIZE_MAX / 8)
    return NULL;
  if (current && bytes <= SMALL)
    return in_block(current, bytes);
  if (current)
    return keep_track(current, fm_alloc(sizeof(tracked) + bytes), bytes);
  size_t *head = fm_alloc(WORD + bytes);
  *head = bytes << 2 | OWN;
  return head + 1;
}

static tracked *tracked_of(void *piece)
{
  return (tracked *)(void *)((char *)piece - sizeof(tracked));
}

static void give(void *piece)
{
  if (!piece)
    return;
  switch (*head_of(piece) & KINDS) {
    case IN_BLOCK: /* the last one may be taken back, the others stay until the end */
      if (current && (char *)piece + rounded(size_of(piece)) == current->at)
        current->at = (char *)head_of(piece);
      break;
    case TRACKED:
      fm_list_del(&tracked_of(piece)->node);
      free(tracked_of(piece));
      break;
    default: free(head_of(piece));
  }
}

static void *retake(void *piece, size_t bytes)
{
  if (!piece)
    return take(bytes);
  if (bytes > SIZE_MAX / 8)
    return NULL;
  size_t kind = *head_of(piece) & KINDS, had = size_of(piece);
  if (kind == OWN) {
    size_t *head = fm_realloc(head_of(piece), WORD + bytes);
    *head = bytes << 2 | OWN;
    return head + 1;
  }
  if (kind == TRACKED && current) {
    fm_list_del(&tracked_of(piece)->node);
    return keep_track(current, fm_realloc(tracked_of(piece), sizeof(tracked) + bytes), bytes);
  }
  if (bytes <= had)
    return piece;
  void *bigger = take(bytes);
  memcpy(bigger, piece, had);
  give(piece);
  return bigger;
}

static char *copy(const char *text)
{
  size_t size = strlen(text) + 1;
  return memcpy(take(size), text, size);
}

__attribute__((constructor)) static void set_functions(void)
{
  xmlMemSetup(give, take, retake, copy);
}

fm_tree_memory *tree_memory_begin(void)
{
  fm_tree_memory *m = FM_NEW(fm_tree_memory);
  fm_list_init(&m->tracked);
  return current = m;
}

void tree_memory_end(void)
{
  xmlResetLastError(); /* the thread's last error outlives the tree */
  current = NULL;
}

void tree_memory_free(fm_tree_memory *memory)
{
  if (!memory)
    return;
  FM_LIST_EACH(node, &memory->tracked)
    free(FM_OF(node, tracked, node));
  for (block *b = memory->blocks, *next; b; b = next) {
    next = b->next;
    free(b);
  }
  free(memory);
}

#endif
