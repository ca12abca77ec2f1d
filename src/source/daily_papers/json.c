/* Papers from the page's JSON (the value of data-props) and from the API's answers.
 *
 * Key names are facts of the page: `date` is of 2024, `dateString` and `periodType` came
 * later; a search has its matches in `searchResults`, or in `dailyPapers` in an older form.
 * A value of an unexpected type counts as absent. */
#include "source/daily_papers/daily_papers.h"

#include "base/json.h"
#include "base/str.h"

/* The reader and the memory that goes with it, as the tables' `into` needs it. */
struct paper_in {
  fm_arena *arena;
  fm_paper *paper;
};

/* A field of fm_paper that is read as it stands. */
#define TEXT_FIELD(function, member)                     \
  static int function(fm_json *json, void *into)         \
  {                                                      \
    return fm_json_string(json, &((struct paper_in *)into)->paper->member); \
  }
#define NUMBER_FIELD(function, member)                   \
  static int function(fm_json *json, void *into)         \
  {                                                      \
    return fm_json_number(json, &((struct paper_in *)into)->paper->member); \
  }

TEXT_FIELD(read_id, id)
TEXT_FIELD(read_title, title)
TEXT_FIELD(read_raw_title, raw_title)
TEXT_FIELD(read_summary, summary)
TEXT_FIELD(read_thumbnail, thumbnail)
TEXT_FIELD(read_submitted, submitted)
TEXT_FIELD(read_listed, listed)
TEXT_FIELD(read_published, published)
TEXT_FIELD(read_github, github)
TEXT_FIELD(read_project, project)
TEXT_FIELD(read_org, org)
TEXT_FIELD(read_org_name, org_name)
NUMBER_FIELD(read_upvotes, upvotes)
NUMBER_FIELD(read_comments, comments)
NUMBER_FIELD(read_stars, stars)

struct author {
  fm_str name;
  bool hidden;
};

static int read_author_name(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct author *)into)->name);
}

static int read_author_hidden(fm_json *json, void *into)
{
  return fm_json_bool(json, &((struct author *)into)->hidden);
}

static const fm_json_field author_fields[] = {
  {{"name", 4}, read_author_name},
  {{"hidden", 6}, read_author_hidden},
};

#define FIELDS(table) (table), sizeof(table) / sizeof *(table)

static int read_authors(fm_json *json, void *into)
{
  struct paper_in *in = into;
  fm_paper *paper = in->paper;
  if (fm_json_array(json) <= 0)
    return json->error;
  while (fm_json_next(json) > 0) {
    struct author author = {{NULL, 0}, false};
    if (fm_json_fields(json, FIELDS(author_fields), &author) > 0 && !author.hidden &&
        author.name.len && paper->nauthors < FM_PAPER_AUTHORS_MAX)
      *FM_PUSH(in->arena, paper->authors, paper->nauthors, paper->authors_cap) = author.name;
  }
  return json->error;
}

static int read_keywords(fm_json *json, void *into)
{
  struct paper_in *in = into;
  fm_paper *paper = in->paper;
  if (fm_json_array(json) <= 0)
    return json->error;
  while (fm_json_next(json) > 0) {
    fm_str keyword;
    bool room = paper->nkeywords < FM_PAPER_KEYWORDS_MAX;
    if (fm_json_string(json, &keyword) > 0 && keyword.len && room)
      *FM_PUSH(in->arena, paper->keywords, paper->nkeywords, paper->keywords_cap) = keyword;
  }
  return json->error;
}

static const fm_json_field org_fields[] = {
  {{"fullname", 8}, read_org},
  {{"name", 4}, read_org_name},
};

static int read_organization(fm_json *json, void *into)
{
  return fm_json_fields(json, FIELDS(org_fields), into);
}

static const fm_json_field paper_fields[] = {
  {{"id", 2}, read_id},
  {{"authors", 7}, read_authors},
  {{"publishedAt", 11}, read_published},
  {{"submittedOnDailyAt", 18}, read_submitted},
  {{"title", 5}, read_raw_title},
  {{"summary", 7}, read_summary},
  {{"upvotes", 7}, read_upvotes},
  {{"ai_keywords", 11}, read_keywords},
  {{"githubRepo", 10}, read_github},
  {{"githubStars", 11}, read_stars},
  {{"projectPage", 11}, read_project},
  {{"organization", 12}, read_organization},
};

static int read_paper(fm_json *json, void *into)
{
  return fm_json_fields(json, FIELDS(paper_fields), into);
}

/* The paper's own abstract counts; the entry repeats it, or not (2024). */
static int read_entry_summary(fm_json *json, void *into)
{
  struct paper_in *in = into;
  return in->paper->summary.len ? fm_json_skip(json) : read_summary(json, into);
}

static int read_entry_organization(fm_json *json, void *into)
{
  struct paper_in *in = into;
  return in->paper->org_name.len ? fm_json_skip(json) : read_organization(json, into);
}

static const fm_json_field entry_fields[] = {
  {{"paper", 5}, read_paper},
  {{"publishedAt", 11}, read_listed},
  {{"title", 5}, read_title},
  {{"summary", 7}, read_entry_summary},
  {{"thumbnail", 9}, read_thumbnail},
  {{"numComments", 11}, read_comments},
  {{"organization", 12}, read_entry_organization},
};

static int read_list(fm_json *json, fm_arena *arena, fm_paper_list *list)
{
  *list = (fm_paper_list){0}; /* of two lists of one name the last counts */
  if (fm_json_array(json) <= 0)
    return json->error;
  list->there = true;
  while (list->count < FM_PAPERS_MAX && fm_json_next(json) > 0) {
    fm_paper *paper = FM_PUSH(arena, list->items, list->count, list->cap);
    *paper = FM_PAPER_NONE;
    struct paper_in in = {arena, paper};
    fm_json flat = *json; /* to read the value once more */
    fm_json_fields(json, FIELDS(entry_fields), &in);
    if (!paper->id.len && !json->error)
      fm_json_fields(&flat, FIELDS(paper_fields), &in); /* the API's search in 2024 */
  }
  return list->count == FM_PAPERS_MAX ? fm_json_leave(json) : json->error;
}

struct papers_in {
  fm_arena *arena;
  fm_papers *papers;
};

static int read_daily(fm_json *json, void *into)
{
  struct papers_in *in = into;
  return read_list(json, in->arena, &in->papers->daily);
}

static int read_found(fm_json *json, void *into)
{
  struct papers_in *in = into;
  return read_list(json, in->arena, &in->papers->found);
}

static int read_date(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct papers_in *)into)->papers->date);
}

static int read_date_string(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct papers_in *)into)->papers->date_string);
}

static int read_period(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct papers_in *)into)->papers->period);
}

static int read_before(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct papers_in *)into)->papers->before);
}

static int read_query_text(fm_json *json, void *into)
{
  return fm_json_string(json, &((struct papers_in *)into)->papers->query);
}

static const fm_json_field query_fields[] = {{{"q", 1}, read_query_text}};

/* A string, or {"q": string}. */
static int read_query(fm_json *json, void *into)
{
  if (fm_json_kind(json) == FM_JSON_OBJECT)
    return fm_json_fields(json, FIELDS(query_fields), into);
  return read_query_text(json, into);
}

static const fm_json_field page_fields[] = {
  {{"dailyPapers", 11}, read_daily}, {{"searchResults", 13}, read_found},
  {{"date", 4}, read_date},          {{"dateString", 10}, read_date_string},
  {{"periodType", 10}, read_period}, {{"query", 5}, read_query},
  {{"prevDate", 8}, read_before},
};

int fm_papers_parse_json(fm_str data, fm_arena *arena, fm_papers *papers, fm_why *why)
{
  fm_json json;
  struct papers_in in = {arena, papers};
  fm_json_init(&json, data, arena);
  int is_object = fm_json_fields(&json, FIELDS(page_fields), &in);
  if (fm_json_end(&json) != FM_OK)
    return fm_json_fail(&json, why);
  return is_object > 0 ? FM_OK : fm_fail(why, FM_E_SYNTAX, "JSON, but no object");
}

static int read_error(fm_json *json, void *into)
{
  return fm_json_string(json, into);
}

static const fm_json_field error_fields[] = {{{"error", 5}, read_error}};

int fm_papers_parse_api(fm_str body, fm_arena *arena, fm_papers *papers, fm_why *why)
{
  fm_json json;
  fm_str error = {NULL, 0};
  fm_json_init(&json, body, arena);
  bool list = fm_json_kind(&json) == FM_JSON_ARRAY;
  if (list)
    read_list(&json, arena, &papers->daily);
  else
    fm_json_fields(&json, FIELDS(error_fields), &error);
  if (fm_json_end(&json) != FM_OK)
    return fm_json_fail(&json, why);
  if (error.len)
    return fm_fail(why, FM_E_NO_LIST, "the API says \"%.*s\"", FM_FMT(error));
  return list ? FM_OK : fm_fail(why, FM_E_NO_LIST, "JSON, but no array");
}
