/* Papers from the rendered <article> elements, for a page whose JSON is missing.
 *
 *   <article>  <a href="/papers/ID"><img src=thumbnail></a>
 *              <a href="/login?..."><div class="... leading-none">votes</div></a>
 *              <h3><a href="/papers/ID">title</a></h3>  <p>abstract</p> (some listings)
 *              <a href="/papers/ID#community">comments</a>
 *              <span>Published on 2026-08-03</span> (since 2025)
 *   </article>
 *
 * Authors are not among it, only how many there are. */
#include "source/daily_papers/daily_papers.h"

#include "base/str.h"


static bool is(xmlNodePtr node, const char *name)
{
  return strcmp((const char *)node->name, name) == 0;
}

/* What follows /papers/ in a link to a paper; empty if it is none. */
static fm_str paper_target(xmlNodePtr link, fm_arena *arena)
{
  fm_str href = fm_str_trim(fm_node_attribute(link, "href", arena));
  if (fm_str_starts(href, FM_STR(FM_DAILY_HOST "/")))
    href = fm_str_from(href, strlen(FM_DAILY_HOST));
  bool starts = fm_str_starts(href, FM_STR("/papers/"));
  return starts ? fm_str_from(href, strlen("/papers/")) : (fm_str){NULL, 0};
}

static fm_str id_of(fm_str target)
{
  size_t len = 0;
  while (len < target.len && !strchr("/?#", target.ptr[len]))
    len++;
  return (fm_str){target.ptr, len};
}

enum { SHORT = 64 };

/* The text that stands directly in an element, up to SHORT bytes: a number, a
 * date. (All text below it could be the whole page, in a hostile one.) */
static fm_str short_text(xmlNodePtr node, char out[SHORT])
{
  size_t len = 0;
  for (xmlNodePtr child = node->children; child && len < SHORT; child = child->next) {
    if (child->type != XML_TEXT_NODE || !child->content)
      continue;
    size_t more = strnlen((const char *)child->content, SHORT - len);
    memcpy(out + len, child->content, more);
    len += more;
  }
  return fm_str_trim((fm_str){out, len});
}

/* The first whole number in a text ("· 5"); false if there is none. */
static bool number_in(fm_str text, double *number)
{
  size_t from = 0;
  while (from < text.len && (unsigned)(text.ptr[from] - '0') > 9)
    from++;
  size_t to = from;
  while (to < text.len && (unsigned)(text.ptr[to] - '0') <= 9)
    to++;
  uint64_t value;
  if (!fm_str_number((fm_str){text.ptr + from, to - from}, 1u << 30, &value))
    return false;
  *number = (double)value;
  return true;
}

static bool has_class(xmlNodePtr node, const char *wanted, fm_arena *arena)
{
  fm_str classes = fm_node_attribute(node, "class", arena), one;
  while (fm_str_cut(&classes, ' ', &one))
    if (fm_str_is(one, wanted))
      return true;
  return false;
}

/* The element of this name, below `top`, that `node` is in; or NULL. */
static xmlNodePtr inside(xmlNodePtr node, xmlNodePtr top, const char *name)
{
  for (node = node->parent; node && node != top; node = node->parent)
    if (is(node, name))
      return node;
  return NULL;
}

static void read_link(xmlNodePtr link, xmlNodePtr article, fm_arena *arena, fm_paper *paper)
{
  fm_str target = paper_target(link, arena);
  if (target.len == 0)
    return;
  if (!paper->title.len && inside(link, article, "h3")) {
    paper->id = id_of(target);
    paper->title = fm_node_text(link, arena);
  } else if (fm_str_ends(target, FM_STR("#community")) && isnan(paper->comments)) {
    char text[SHORT];
    number_in(short_text(link, text), &paper->comments);
  }
}

/* The picture above the title that links to the paper; the others are people. */
static void read_image(xmlNodePtr image, xmlNodePtr article, fm_arena *arena, fm_paper *paper)
{
  xmlNodePtr link = inside(image, article, "a");
  if (!paper->thumbnail.len && !paper->title.len && link && !inside(image, article, "li") &&
      paper_target(link, arena).len)
    paper->thumbnail = fm_node_attribute(image, "src", arena);
}

static void read_votes(xmlNodePtr div, fm_arena *arena, fm_paper *paper)
{
  char text[SHORT];
  uint64_t votes;
  if (isnan(paper->upvotes) && has_class(div, "leading-none", arena) &&
      fm_str_number(short_text(div, text), 1u << 30, &votes))
    paper->upvotes = (double)votes;
}

static void read_published(xmlNodePtr span, fm_arena *arena, fm_paper *paper)
{
  static const fm_str words = {"Published on ", 13};
  char text[SHORT];
  fm_str said = short_text(span, text);
  if (fm_str_starts(said, words))
    paper->published = fm_arena_str(arena, fm_str_from(said, words.len));
}

static void read_element(xmlNodePtr at, xmlNodePtr article, fm_arena *arena, fm_paper *paper)
{
  if (is(at, "a"))
    read_link(at, article, arena, paper);
  else if (is(at, "img"))
    read_image(at, article, arena, paper);
  else if (is(at, "div"))
    read_votes(at, arena, paper);
  else if (is(at, "time") && !paper->dated.len)
    paper->dated = fm_node_attribute(at, "datetime", arena);
  else if (is(at, "span"))
    read_published(at, arena, paper);
  else if (is(at, "p") && paper->title.len && !paper->summary.len)
    paper->summary = fm_node_lines(at, arena);
}

/* False: it is not the article of a paper. */
static bool read_article(xmlNodePtr article, fm_arena *arena, fm_paper *paper)
{
  *paper = FM_PAPER_NONE;
  for (xmlNodePtr at = fm_tree_next(article, article); at; at = fm_tree_next(article, at)) {
    if (is(at, "article"))
      return false; /* it holds others: they are looked at in their turn */
    read_element(at, article, arena, paper);
  }
  return paper->id.len && paper->title.len;
}

void fm_papers_parse_articles(xmlNodePtr root, fm_arena *arena, fm_papers *papers)
{
  fm_paper_list *list = &papers->daily;
  *list = (fm_paper_list){0};
  for (xmlNodePtr at = fm_tree_next(root, root); at && list->count < FM_PAPERS_MAX;
       at = fm_tree_next(root, at)) {
    fm_paper paper;
    if (is(at, "time") && !papers->date.len && list->count == 0)
      papers->date = fm_node_attribute(at, "datetime", arena);
    else if (is(at, "article") && read_article(at, arena, &paper))
      *FM_PUSH(arena, list->items, list->count, list->cap) = paper;
  }
  list->there = list->count > 0;
}
