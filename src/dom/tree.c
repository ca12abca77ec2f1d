/* Parses a page into a tree: encoding, scripts, libxml2; reads text and attributes of nodes. */
#include "dom/tree.h"

#include "base/charset.h"
#include "base/str.h"
#include "dom/tree_build.h"

#include <feedmill/error.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

enum { HEAD_MAX = 4096 };

static pthread_once_t libxml_ready = PTHREAD_ONCE_INIT; /* parsing runs in pool threads */

static bool has_high_byte(fm_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] >= 0x80)
      return true;
  return false;
}

static const char *skip_spaces(const char *at, const char *end)
{
  while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
    at++;
  return at;
}

/* Reads charset="..." or content="text/html; charset=..." inside a start tag. */
static fm_str charset_in(fm_str tag)
{
  static const fm_str word = {"charset", 7};
  const char *end = tag.ptr + tag.len;
  for (const char *at = tag.ptr; (size_t)(end - at) > word.len; at++) {
    if (!fm_str_ieq((fm_str){at, word.len}, word))
      continue;
    const char *value = skip_spaces(at + word.len, end);
    if (value == end || *value != '=')
      continue;
    value = skip_spaces(value + 1, end);
    value += value < end && (*value == '"' || *value == '\'');
    const char *stop = value;
    while (stop < end && !strchr("\"'; \t\r\n\f/", *stop))
      stop++;
    return fm_str_span(value, stop);
  }
  return (fm_str){NULL, 0};
}

/* The charset of the first <meta> that names one. */
static fm_str declared(fm_str html)
{
  static const fm_str meta = {"<meta", 5};
  const char *at = html.ptr, *end = html.ptr + html.len;
  while ((at = memchr(at, '<', (size_t)(end - at))) && (size_t)(end - at) > meta.len) {
    const char *close = fm_str_ieq((fm_str){at, meta.len}, meta)
                          ? memchr(at, '>', (size_t)(end - at))
                          : NULL;
    fm_str name = close ? charset_in(fm_str_span(at + meta.len, close)) : (fm_str){NULL, 0};
    if (name.len)
      return name;
    at++;
  }
  return (fm_str){NULL, 0};
}

/* The bytes to parse and their encoding; a NULL encoding lets libxml2 detect it. */
struct input {
  fm_str html;
  const char *encoding;
  char *mended; /* free() */
  fm_arena decoded;
};

/* libxml2 ends a page at the first byte that is invalid in its encoding, so such bytes are
 * replaced by U+FFFD. */
static void mend(struct input *input)
{
  fm_str html = input->html;
  input->encoding = "UTF-8";
  if (fm_utf8_valid(html))
    return;
  char *out = input->mended = fm_alloc(html.len * 3);
  for (const char *p = html.ptr, *end = p + html.len; p < end;)
    out += fm_utf8_put(fm_utf8_next(&p, end), out);
  input->html = fm_str_span(input->mended, out);
}

/* Returns false for an unknown charset. `within`: the page names the charset in ASCII bytes, so
 * it cannot be UTF-16. */
static bool read_as(struct input *input, fm_str charset, bool within)
{
  fm_str text;
  if (fm_str_ieq(charset, FM_STR("utf-8")) || fm_str_ieq(charset, FM_STR("utf8")) ||
      (within && charset.len >= 6 && fm_str_ieq((fm_str){charset.ptr, 6}, FM_STR("utf-16")))) {
    mend(input);
    return true;
  }
  if (!fm_charset_decode(input->html, charset, &input->decoded, &text) || text.len > INT_MAX)
    return false;
  input->html = text;
  input->encoding = "UTF-8";
  return true;
}

/* Chooses the encoding of a page without a charset from outside: UTF-8 if the bytes look like
 * UTF-8 and are not plain ASCII, else windows-1252. */
static void choose_encoding(struct input *input, fm_str charset)
{
  fm_str html = input->html;
  fm_str head = {html.ptr, html.len < HEAD_MAX ? html.len : HEAD_MAX};
  if (charset.len && read_as(input, charset, false))
    return;
  if (fm_str_starts(html, FM_STR("\xef\xbb\xbf"))) {
    mend(input);
    return;
  }
  if (fm_str_starts(html, FM_STR("\xff\xfe")) || fm_str_starts(html, FM_STR("\xfe\xff")) ||
      memchr(html.ptr, 0, html.len < 2 ? html.len : 2))
    return; /* UTF-16: libxml2 detects it */
  fm_str said = declared(head);
  if ((said.len && read_as(input, said, true)) || !has_high_byte(html))
    return;
  if (fm_utf8_valid(html)) {
    input->encoding = "UTF-8";
    return;
  }
  said = declared(html);
  if (!said.len || !read_as(input, said, true))
    read_as(input, fm_utf8_score(html) ? FM_STR("utf-8") : FM_STR("windows-1252"), true);
}

/* The parser options do not silence errors of the I/O layer. */
static void ignore(void *data, xmlErrorPtr error)
{
  (void)data;
  (void)error;
}

/* Sets the parser up like htmlReadMemory. */
static htmlParserCtxtPtr new_parser(const struct input *input)
{
  int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET;
  htmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(input->html.ptr, (int)input->html.len);
  if (!parser)
    abort();
  xmlSAX2InitHtmlDefaultSAXHandler(parser->sax);
  htmlCtxtUseOptions(parser, options);
  parser->html = 1;
  xmlCharEncodingHandlerPtr encoding =
    input->encoding ? xmlFindCharEncodingHandler(input->encoding) : NULL;
  if (encoding) {
    xmlSwitchToEncoding(parser, encoding);
    xmlFree((xmlChar *)parser->input->encoding);
    parser->input->encoding = xmlStrdup(BAD_CAST input->encoding);
  }
  return parser;
}

/* Returns false if not all scripts were put back, so that the tree is not the page's. */
static bool read_memory(const struct input *input, const tree_scripts *scripts, fm_tree *made)
{
  void *context = xmlStructuredErrorContext; /* thread-local */
  xmlStructuredErrorFunc before = xmlStructuredError;
  xmlSetStructuredErrorFunc(NULL, ignore);
  htmlParserCtxtPtr parser = new_parser(input);
  tree_builder builder;
  tree_build_start(&builder, parser, made->index, scripts);
  htmlParseDocument(parser);
  made->doc = parser->myDoc;
  made->blocks = builder.blocks;
  parser->myDoc = NULL;
  parser->node = NULL;
  htmlFreeParserCtxt(parser);
  xmlResetLastError();
  xmlSetStructuredErrorFunc(context, before);
  return builder.put_back == scripts->count;
}

static fm_tree read_page(const struct input *input)
{
  fm_tree made = {.index = FM_NEW(fm_tree_index)};
  struct input rest = *input;
  tree_scripts scripts = {.count = 0};
  if (input->encoding)
    tree_scripts_take(input->html, &scripts);
  if (scripts.count)
    rest.html = (fm_str){scripts.rest, scripts.len};
  bool all = read_memory(&rest, &scripts, &made);
  tree_scripts_deinit(&scripts);
  if (!all) {
    fm_tree_deinit(&made);
    made.index = FM_NEW(fm_tree_index);
    read_memory(input, &scripts, &made);
  }
  return made;
}

int fm_tree_parse(fm_str html, fm_str charset, fm_tree *tree)
{
  if (html.len == 0 || html.len > INT_MAX / 3)
    return FM_E_SYNTAX;
  pthread_once(&libxml_ready, xmlInitParser);
  struct input input = {.html = html};
  choose_encoding(&input, charset);
  fm_tree made = read_page(&input);
  free(input.mended);
  fm_arena_deinit(&input.decoded);
  if (made.doc && xmlDocGetRootElement(made.doc)) {
    fm_tree_index_finish(made.index, made.doc);
    *tree = made;
    return FM_OK;
  }
  fm_tree_deinit(&made);
  return FM_E_SYNTAX;
}

void fm_tree_deinit(fm_tree *tree)
{
  fm_tree_index_free(tree->index);
  tree_free(tree->doc, tree->blocks);
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

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Appends `text` with white space folded, as far as there is room. */
static char *fold(char *out, const char *start, const char *end, const char *text)
{
  for (; *text && out < end; text++) {
    if (!is_space(*text))
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

static bool is_hidden(xmlNodePtr node)
{
  return node->type == XML_ELEMENT_NODE && (strcasecmp((const char *)node->name, "script") == 0 ||
                                            strcasecmp((const char *)node->name, "style") == 0);
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

static fm_str gather(xmlNodePtr node, fm_arena *arena, bool folded)
{
  size_t room = text_size(node);
  char *text = fm_arena_raw(arena, room + 1), *out = text, *end = text + room;
  bool apart = false; /* a separator is due before the next text */
  for (xmlNodePtr n = node; n && out < end; n = step_over(node, n, !is_hidden(n), &apart)) {
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

fm_str fm_node_text(xmlNodePtr node, fm_arena *arena) { return gather(node, arena, true); }
fm_str fm_node_lines(xmlNodePtr node, fm_arena *arena) { return gather(node, arena, false); }
