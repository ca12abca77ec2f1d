/* Parses a page into a tree; reads text and attributes of nodes. */
#include "dom/tree.h"

#include "base/ascii.h"
#include "base/str.h"
#include "dom/encoding.h"
#include "dom/html_parser.h"
#include "dom/tree_index.h"

#include <feedmill/error.h>
#include <libxml/parser.h>
#include <limits.h>
#include <pthread.h>
#include <strings.h>

static pthread_once_t libxml_ready = PTHREAD_ONCE_INIT; /* parsing runs in pool threads */

int fm_tree_parse(fm_str html, fm_str charset, fm_tree *tree)
{
  if (fm_str_trim(html).len == 0 || html.len > INT_MAX / 3)
    return FM_E_SYNTAX;
  pthread_once(&libxml_ready, xmlInitParser);
  fm_arena decoded = {0};
  fm_str text = fm_page_decode(html, charset, &decoded);
  fm_tree made = {.index = FM_NEW(fm_tree_index)};
  made.doc = fm_html_parse(text, &made.blocks);
  fm_arena_deinit(&decoded);
  fm_tree_index_build(made.index, made.doc);
  *tree = made;
  return FM_OK;
}

void fm_tree_deinit(fm_tree *tree)
{
  fm_tree_index_free(tree->index);
  fm_html_free(tree->doc, tree->blocks);
  *tree = (fm_tree){0};
}

/* Elements that are laid out as blocks, lines or cells, by first letter. */
static const char *const blocks['z' - 'a' + 1] = {
  ['a' - 'a'] = "address article aside",
  ['b' - 'a'] = "blockquote br",
  ['c' - 'a'] = "caption center",
  ['d' - 'a'] = "dd details dialog dir div dl dt",
  ['f' - 'a'] = "fieldset figcaption figure footer form",
  ['h' - 'a'] = "h1 h2 h3 h4 h5 h6 header hgroup hr",
  ['l' - 'a'] = "legend li",
  ['m' - 'a'] = "main menu",
  ['n' - 'a'] = "nav",
  ['o' - 'a'] = "ol optgroup option",
  ['p' - 'a'] = "p pre",
  ['s' - 'a'] = "section select summary",
  ['t' - 'a'] = "table tbody td tfoot th thead tr",
  ['u' - 'a'] = "ul",
};

/* True if the text before an element's start or end is visually separate from the text after it. */
static bool sets_apart(xmlNodePtr node)
{
  const char *name = (const char *)node->name;
  unsigned letter = ((unsigned)(unsigned char)*name | 0x20) - 'a';
  const char *word = letter < sizeof blocks / sizeof *blocks ? blocks[letter] : NULL;
  for (size_t len, own = word ? strlen(name) : 0; word && *word; word += len + (word[len] == ' ')) {
    len = strcspn(word, " ");
    if (len == own && strncasecmp(word, name, len) == 0)
      return true;
  }
  return false;
}

/* The node after `at` in document order; skips the children of elements unless `into`. *apart
 * (may be NULL) is set if an end tag on the way separates texts. */
static xmlNodePtr step_over(xmlNodePtr top, xmlNodePtr at, bool into, bool *apart)
{
  if (into && at->type == XML_ELEMENT_NODE && at->children)
    return at->children;
  xmlNodePtr last = at;
  while (last != top && !last->next)
    last = last->parent;
  if (last == top)
    return NULL;
  while (apart && !*apart && at != last) {
    at = at->parent;
    *apart = sets_apart(at);
  }
  return last->next;
}

static xmlNodePtr step(xmlNodePtr top, xmlNodePtr at, bool into)
{
  return step_over(top, at, into, NULL);
}

xmlNodePtr fm_tree_next(xmlNodePtr top, xmlNodePtr at)
{
  for (at = at ? at : top; at; )
    if ((at = step(top, at, true)) && at->type == XML_ELEMENT_NODE)
      return at;
  return NULL;
}

fm_str fm_node_attribute(xmlNodePtr node, const char *name, fm_arena *arena)
{
  for (xmlAttrPtr a = node->properties; a; a = a->next) {
    if (strcasecmp((const char *)a->name, name) != 0)
      continue;
    xmlChar *text = xmlNodeListGetString(node->doc, a->children, 1);
    fm_str copy = fm_arena_str(arena, fm_str_of((const char *)text));
    xmlFree(text);
    return copy;
  }
  return (fm_str){NULL, 0};
}

/* Appends `text` with white space folded, as far as there is room. */
static char *fold(char *out, const char *start, const char *end, const char *text)
{
  for (; *text && out < end; text++) {
    if (!fm_is_space(*text))
      *out++ = *text;
    else if (out > start && out[-1] != ' ')
      *out++ = ' ';
  }
  return out;
}

static char *append(char *out, const char *end, const char *text)
{
  size_t len = strlen(text), room = (size_t)(end - out);
  len = len < room ? len : room;
  memcpy(out, text, len);
  return out + len;
}

static bool is_text(xmlNodePtr node)
{
  return (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) && node->content;
}

/* Elements whose text nobody sees. */
static bool is_hidden(xmlNodePtr node)
{
  static const char *const names[] = {"noscript", "script", "style", "template"};
  const char *name = (const char *)node->name;
  if (node->type != XML_ELEMENT_NODE || (*name != 's' && *name != 'n' && *name != 't'))
    return false;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return false;
}

/* Elements that only screen readers read, by the class names of the common style sheets. */
static bool is_for_screen_readers(xmlNodePtr node)
{
  static const char *const names[] = {"visually-hidden", "visuallyhidden", "sr-only", "screen-reader-text",
                                      "screen-reader-only", "show-for-sr", "a11y-hidden", "element-invisible"};
  const char *class = NULL;
  if (node->type != XML_ELEMENT_NODE)
    return false;
  for (xmlAttrPtr a = node->properties; a && !class; a = a->next)
    if (strcmp((const char *)a->name, "class") == 0)
      class = (const char *)a->children->content;
  for (size_t i = 0; class && i < sizeof names / sizeof *names; i++) {
    const char *at = strstr(class, names[i]);
    size_t len = strlen(names[i]);
    if (at && (at == class || fm_is_space(at[-1])) && (!at[len] || fm_is_space(at[len])))
      return true;
  }
  return false;
}

/* Bytes of text below a node, with a space before each piece, at most FM_NODE_TEXT_MAX. */
static size_t text_size(xmlNodePtr node)
{
  size_t size = 0;
  for (xmlNodePtr n = node; n && size < FM_NODE_TEXT_MAX; n = step(node, n, !is_hidden(n)))
    if (is_text(n))
      size += strlen((const char *)n->content) + 1;
  return size < FM_NODE_TEXT_MAX ? size : FM_NODE_TEXT_MAX;
}

/* Drops a partial character that truncation left at the end. */
static char *whole_end(char *text, char *out)
{
  char *last = out;
  while (last > text && out - last < 4 && ((unsigned char)last[-1] & 0xc0) == 0x80)
    last--;
  if (last > text && (unsigned char)last[-1] >= 0xc0 &&
      !fm_utf8_valid(fm_str_span(last - 1, out)))
    return last - 1;
  return out;
}

static fm_str gather(xmlNodePtr node, fm_arena *arena, bool folded, bool unseen)
{
  size_t room = text_size(node);
  char *text = fm_arena_raw(arena, room + 1), *out = text, *end = text + room;
  bool skip = false, apart = false; /* a separator is due before the next text */
  for (xmlNodePtr n = node; n && out < end; n = step_over(node, n, !skip, &apart)) {
    skip = is_hidden(n) || (!unseen && n != node && is_for_screen_readers(n));
    if (!is_text(n)) {
      apart = apart || (out > text && n->type == XML_ELEMENT_NODE && sets_apart(n));
      continue;
    }
    if (folded && apart)
      out = fold(out, text, end, " ");
    apart = false;
    out = folded ? fold(out, text, end, (const char *)n->content)
                 : append(out, end, (const char *)n->content);
  }
  if (room == FM_NODE_TEXT_MAX)
    out = whole_end(text, out);
  if (folded && out > text && out[-1] == ' ')
    out--;
  *out = 0;
  fm_arena_trim(arena, text, room + 1, (size_t)(out - text) + 1);
  return fm_str_span(text, out);
}

/* What only screen readers read is text where there is no other. */
fm_str fm_node_text(xmlNodePtr node, fm_arena *arena)
{
  fm_str text = gather(node, arena, true, false);
  return text.len ? text : gather(node, arena, true, true);
}

fm_str fm_node_lines(xmlNodePtr node, fm_arena *arena) { return gather(node, arena, false, true); }

bool fm_node_is_unseen(xmlNodePtr node) { return is_hidden(node) || is_for_screen_readers(node); }
