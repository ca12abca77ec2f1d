/* An independent matcher for tests: random trees and random selectors as plain structs, their
 * text, and their matches by the letter of the standard. It works from the left, set by set, on
 * a tree of its own, while dom/css_match.c works from the right on libxml2's. */
#ifndef CSS_ORACLE_H
#define CSS_ORACLE_H

#include "cmd/config_kit.h"

enum { NODES = 60, KIDS = 12, PARTS = 3, TESTS = 2, ITEMS = 2, DEEP = 2, ROUNDS = 4000 };

static const char *const tags[] = {"div", "span", "em", "x-y", "html", "head", "body"};
static const char *const words[] = {"a", "b", "c-d", "E", ""};
static const char *const texts[] = {"one", "two three", "", "'q' \"r\""};

typedef struct onode {
  int tag, parent, place; /* place among the element siblings, from 0; parent -1: document */
  int classes[2];         /* -1: none */
  int id;                 /* -1: none; words[id] */
  int data;               /* -1: none; words[data] of data-x */
  int text;               /* -1: none; comes first */
  int kids[KIDS], nkids;
} onode;

static onode nodes[NODES]; /* 0: html, 1: head, 2: body */
static int nnodes;

static const int *siblings_of(int n, int *count)
{
  static const int root = 0;
  *count = nodes[n].parent < 0 ? 1 : nodes[nodes[n].parent].nkids;
  return nodes[n].parent < 0 ? &root : nodes[nodes[n].parent].kids;
}

static void add_node(onode node)
{
  onode *up = node.parent < 0 ? NULL : &nodes[node.parent];
  node.place = up ? up->nkids : 0;
  if (up)
    up->kids[up->nkids++] = nnodes;
  nodes[nnodes++] = node;
}

static void random_tree(void)
{
  const onode bare = {.classes = {-1, -1}, .id = -1, .data = -1, .text = -1};
  int wanted = (int)dice(NODES - 10) + 10;
  nnodes = 0;
  for (int i = 0; i < 3; i++) {
    onode top = bare;
    top.tag = 4 + i;
    top.parent = i ? 0 : -1;
    add_node(top);
  }
  while (nnodes < wanted) {
    int parent = 2 + (int)dice((uint32_t)nnodes - 2);
    if (nodes[parent].nkids == KIDS)
      break;
    add_node((onode){.tag = (int)dice(4), .parent = parent,
                     .classes = {dice(2) ? (int)dice(4) : -1, dice(3) ? -1 : (int)dice(4)},
                     .id = dice(4) ? -1 : (int)dice(4), .data = dice(3) ? -1 : (int)dice(5),
                     .text = dice(2) ? -1 : (int)dice(4)});
  }
}

static void write_node(fm_buf *out, int i)
{
  const onode *n = &nodes[i];
  fm_buf_addf(out, "<%s data-n=%d", tags[n->tag], i);
  if (n->classes[0] >= 0 || n->classes[1] >= 0)
    fm_buf_addf(out, " CLASS=' %s \n%s'", n->classes[0] < 0 ? "" : words[n->classes[0]],
                n->classes[1] < 0 ? "" : words[n->classes[1]]);
  if (n->id >= 0)
    fm_buf_addf(out, " id=\"%s\"", words[n->id]);
  if (n->data >= 0)
    fm_buf_addf(out, " data-X=\"%s\"", words[n->data]);
  fm_buf_text(out, ">");
  if (n->text >= 0)
    fm_buf_html(out, fm_str_of(texts[n->text]));
  for (int k = 0; k < n->nkids; k++)
    write_node(out, n->kids[k]);
  fm_buf_addf(out, "</%s>", tags[n->tag]);
}

/* ---- selectors ---- */

enum otest {
  T_CLASS, T_ID, T_THERE, T_EQUAL, T_WORD, T_DASH, T_STARTS, T_ENDS, T_HOLDS, T_FOLD,
  T_NTH, T_NTH_LAST, T_NTH_TYPE, T_NTH_LAST_TYPE, T_ONLY, T_ONLY_TYPE, T_EMPTY,
  T_NOT, T_IS, T_HAS, T_CONTAINS, T_COUNT
};

typedef struct osel osel;
typedef struct osimple {
  enum otest test;
  int word, a, b;
  osel *list;
} osimple;
typedef struct opart {
  char before; /* ' ' > + ~ */
  int tag;     /* -1: * */
  osimple tests[TESTS];
  int ntests;
} opart;
typedef struct ocomplex {
  opart parts[PARTS];
  int nparts;
} ocomplex;
struct osel {
  ocomplex items[ITEMS];
  int nitems;
};

static osel *random_sel(fm_arena *arena, int deep, bool relative);

static osimple random_test(fm_arena *arena, int deep)
{
  osimple t = {.test = (enum otest)dice(deep ? T_COUNT : T_NOT), .word = (int)dice(5),
               .a = (int)dice(7) - 3, .b = (int)dice(9) - 3};
  if ((t.test == T_CLASS || t.test == T_ID) && t.word == 4)
    t.word = 0;
  if (t.test == T_CONTAINS)
    t.word = (int)dice(4);
  if (t.test == T_NOT || t.test == T_IS || t.test == T_HAS)
    t.list = random_sel(arena, deep - 1, t.test == T_HAS);
  return t;
}

static osel *random_sel(fm_arena *arena, int deep, bool relative)
{
  osel *s = fm_arena_alloc(arena, sizeof *s);
  s->nitems = dice(4) ? 1 : 2;
  for (int i = 0; i < s->nitems; i++) {
    ocomplex *c = &s->items[i];
    c->nparts = 1 + (int)dice(PARTS);
    for (int p = 0; p < c->nparts; p++) {
      opart *part = &c->parts[p];
      part->before = p || (relative && dice(2)) ? " >+~"[dice(4)] : ' ';
      part->tag = (int)dice(5) - 1;
      part->ntests = (int)dice(TESTS + 1);
      for (int k = 0; k < part->ntests; k++)
        part->tests[k] = random_test(arena, deep);
    }
  }
  return s;
}

static void write_sel(fm_buf *out, const osel *s);

static void write_quoted(fm_buf *out, const char *text)
{
  fm_buf_char(out, '"');
  for (; *text; text++)
    fm_buf_addf(out, *text == '"' ? "\\22 " : "%c", *text);
  fm_buf_char(out, '"');
}

static void write_test(fm_buf *out, const osimple *t)
{
  static const char *const ops[] = {"=", "~=", "|=", "^=", "$=", "*="};
  static const char *const nths[] = {"nth-child", "nth-last-child", "nth-of-type",
                                     "nth-last-of-type"};
  switch (t->test) {
    case T_CLASS: fm_buf_addf(out, ".%s", words[t->word]); break;
    case T_ID: fm_buf_addf(out, "#%s", words[t->word]); break;
    case T_THERE: fm_buf_addf(out, "[ data-x ]"); break;
    case T_FOLD: fm_buf_addf(out, "[DATA-x='%s' I]", words[t->word]); break;
    case T_ONLY: fm_buf_addf(out, ":only-child"); break;
    case T_ONLY_TYPE: fm_buf_addf(out, ":only-of-type"); break;
    case T_EMPTY: fm_buf_addf(out, ":EMPTY"); break;
    case T_CONTAINS:
      fm_buf_addf(out, ":contains(");
      write_quoted(out, *texts[t->word] ? texts[t->word] : "o");
      fm_buf_addf(out, ")");
      break;
    case T_NOT:
    case T_IS:
    case T_HAS:
      fm_buf_addf(out, ":%s( ", t->test == T_NOT ? "not" : t->test == T_IS ? "is" : "has");
      write_sel(out, t->list);
      fm_buf_addf(out, " )");
      break;
    default:
      if (t->test >= T_NTH)
        fm_buf_addf(out, ":%s( %dn%+d )", nths[t->test - T_NTH], t->a, t->b);
      else
        fm_buf_addf(out, "[data-x%s\"%s\"]", ops[t->test - T_EQUAL], words[t->word]);
  }
}

static void write_sel(fm_buf *out, const osel *s)
{
  for (int i = 0; i < s->nitems; i++) {
    const ocomplex *c = &s->items[i];
    fm_buf_text(out, i ? " ,\n" : "");
    for (int p = 0; p < c->nparts; p++) {
      const opart *part = &c->parts[p];
      if (p || part->before != ' ')
        fm_buf_addf(out, dice(2) && part->before != ' ' ? "%c" : "\t%c/**/ ", part->before);
      fm_buf_text(out, part->tag < 0 ? "*" : tags[part->tag]);
      for (int k = 0; k < part->ntests; k++)
        write_test(out, &part->tests[k]);
    }
  }
}

/* ---- what they match ---- */

typedef struct oset { bool in[NODES]; } oset;

static oset match_sel(const osel *s, int scope, bool relative);

static void text_of(int n, char *out, size_t room)
{
  const onode *o = &nodes[n];
  if (o->text >= 0)
    strncat(out, texts[o->text], room - strlen(out) - 1);
  for (int k = 0; k < o->nkids; k++)
    text_of(o->kids[k], out, room);
}

static bool nth_matches(const osimple *t, int n, bool last, bool of_type)
{
  int count, place = 0;
  const int *all = siblings_of(n, &count);
  for (int k = 0; k < count; k++) {
    bool counts = !of_type || nodes[all[k]].tag == nodes[n].tag;
    bool on_the_way = last ? k >= nodes[n].place : k <= nodes[n].place;
    place += counts && on_the_way;
  }
  for (int i = 0; i < 100; i++)
    if (t->a * i + t->b == place)
      return true;
  return false;
}

static bool data_matches(enum otest test, const char *value, const char *word)
{
  size_t v = strlen(value), w = strlen(word);
  switch (test) {
    case T_THERE: return true;
    case T_EQUAL:
    case T_WORD: return strcmp(value, word) == 0 && (test == T_EQUAL || w);
    case T_DASH: return strcmp(value, word) == 0 || (strncmp(value, word, w) == 0 && value[w] == '-');
    case T_STARTS: return w && strncmp(value, word, w) == 0;
    case T_ENDS: return w && v >= w && strcmp(value + v - w, word) == 0;
    case T_HOLDS: return w && strstr(value, word);
    default: return fm_str_ieq(fm_str_of(value), fm_str_of(word));
  }
}

static bool test_matches(const osimple *t, int n)
{
  const onode *o = &nodes[n];
  char text[4096] = "";
  int count;
  switch (t->test) {
    case T_CLASS: return o->classes[0] == t->word || o->classes[1] == t->word;
    case T_ID: return o->id == t->word;
    case T_NTH: return nth_matches(t, n, false, false);
    case T_NTH_LAST: return nth_matches(t, n, true, false);
    case T_NTH_TYPE: return nth_matches(t, n, false, true);
    case T_NTH_LAST_TYPE: return nth_matches(t, n, true, true);
    case T_ONLY: siblings_of(n, &count); return count == 1;
    case T_ONLY_TYPE: {
      const int *all = siblings_of(n, &count);
      for (int k = 0; k < count; k++)
        if (all[k] != n && nodes[all[k]].tag == o->tag)
          return false;
      return true;
    }
    case T_EMPTY: return o->nkids == 0 && (o->text < 0 || !*texts[o->text]);
    case T_NOT: return !match_sel(t->list, -1, false).in[n];
    case T_IS: return match_sel(t->list, -1, false).in[n];
    case T_HAS: {
      oset found = match_sel(t->list, n, true);
      for (int k = 0; k < nnodes; k++)
        if (found.in[k])
          return true;
      return false;
    }
    case T_CONTAINS:
      text_of(n, text, sizeof text);
      return strstr(text, *texts[t->word] ? texts[t->word] : "o") != NULL;
    default: return o->data >= 0 && data_matches(t->test, words[o->data], words[t->word]);
  }
}

static bool part_matches(const opart *part, int n)
{
  if (part->tag >= 0 && part->tag != nodes[n].tag)
    return false;
  for (int k = 0; k < part->ntests; k++)
    if (!test_matches(&part->tests[k], n))
      return false;
  return true;
}

/* Whether `n` stands to `from` (-1: the document) as a combinator says. */
static bool leads(char combinator, int from, int n)
{
  const onode *o = &nodes[n];
  if (combinator == '>')
    return o->parent == from;
  if (combinator == ' ') {
    for (int up = o->parent; up != from; up = nodes[up].parent)
      if (up < 0)
        return false;
    return true;
  }
  if (from < 0 || nodes[from].parent != o->parent)
    return false;
  return combinator == '+' ? o->place == nodes[from].place + 1 : o->place > nodes[from].place;
}

/* In :is() and :not() the first part may be any element. */
static oset match_complex(const ocomplex *c, int scope, bool relative)
{
  oset at = {{false}};
  for (int n = 0; n < nnodes; n++)
    at.in[n] = (!relative || leads(c->parts[0].before, scope, n)) && part_matches(&c->parts[0], n);
  for (int p = 1; p < c->nparts; p++) {
    oset next = {{false}};
    for (int n = 0; n < nnodes; n++) {
      bool led = false;
      for (int from = 0; from < nnodes && !led; from++)
        led = at.in[from] && leads(c->parts[p].before, from, n);
      next.in[n] = led && part_matches(&c->parts[p], n);
    }
    at = next;
  }
  return at;
}

static oset match_sel(const osel *s, int scope, bool relative)
{
  oset all = {{false}};
  for (int i = 0; i < s->nitems; i++) {
    oset one = match_complex(&s->items[i], scope, relative);
    for (int n = 0; n < nnodes; n++)
      all.in[n] |= one.in[n];
  }
  return all;
}

#endif
