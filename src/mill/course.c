/* What a refresh of a page fetches: its parts, each with the ways to it. */
#include "base/str.h"
#include "base/url.h"
#include "mill/mill_internal.h"
#include "fetch/host.h"

fm_param *params_copy(fm_arena *arena, const fm_param *params, size_t count)
{
  fm_param *copy = fm_arena_alloc(arena, (count + 1) * sizeof *copy);
  for (size_t i = 0; i < count; i++)
    copy[i] = (fm_param){fm_arena_str(arena, params[i].name), fm_arena_str(arena, params[i].value)};
  return copy;
}

bool params_same(const fm_param *a, size_t na, const fm_param *b, size_t nb)
{
  bool same = na == nb;
  for (size_t i = 0; same && i < na; i++)
    same = fm_str_eq(a[i].name, b[i].name) && fm_str_eq(a[i].value, b[i].value);
  return same;
}

static const fm_program *program_copy(fm_arena *arena, const fm_program *program)
{
  if (!program)
    return NULL;
  fm_program *copy = fm_arena_alloc(arena, sizeof *copy);
  fm_str *argv = fm_arena_alloc(arena, program->argc * sizeof *argv);
  for (size_t i = 0; i < program->argc; i++)
    argv[i] = fm_arena_str(arena, program->argv[i]);
  *copy = *program;
  copy->argv = argv;
  return copy;
}

static bool program_same(const fm_program *a, const fm_program *b)
{
  if (!a || !b)
    return a == b;
  bool same = a->argc == b->argc && a->time == b->time && a->memory == b->memory;
  for (size_t i = 0; same && i < a->argc; i++)
    same = fm_str_eq(a->argv[i], b->argv[i]);
  return same;
}

static void way_set(page *p, const fm_plan *plan, way *w)
{
  w->url = fm_arena_str(&p->own, plan->url);
  w->key = fm_arena_str(&p->own, plan->key);
  w->accept = fm_arena_str(&p->own, plan->accept);
  w->budget = fm_arena_str(&p->own, plan->budget);
  fm_url_origin(w->url, &p->own, &w->origin);
  w->turn = fm_budget_key(&p->own, w->origin, w->budget);
  w->headers = params_copy(&p->own, plan->headers, plan->nheaders);
  w->nheaders = plan->nheaders;
  w->program = program_copy(&p->own, plan->program);
}

static void part_set(page *p, const fm_plan *plan, part *to)
{
  size_t count = 0;
  for (const fm_plan *at = plan; at; at = at->fallback)
    count++;
  way *ways = fm_arena_alloc(&p->own, count * sizeof *ways);
  for (const fm_plan *at = plan; at; at = at->fallback)
    way_set(p, at, &ways[to->nways++]);
  to->ways = ways;
}

void course_set(page *p, const fm_plan *plan)
{
  size_t count = 0;
  course_free(p);
  for (const fm_plan *at = plan; at; at = at->next_input)
    count++;
  p->nparts = 0;
  p->parts = fm_arena_alloc(&p->own, count * sizeof *p->parts);
  for (const fm_plan *at = plan; at; at = at->next_input)
    part_set(p, at, &p->parts[p->nparts++]);
  p->url = p->parts[0].ways[0].url;
}

static bool way_is(const way *w, const fm_plan *plan)
{
  return fm_str_eq(w->url, plan->url) && fm_str_eq(w->key, plan->key) &&
         fm_str_eq(w->accept, plan->accept) && fm_str_eq(w->budget, plan->budget) &&
         params_same(w->headers, w->nheaders, plan->headers, plan->nheaders) &&
         program_same(w->program, plan->program);
}

static bool part_is(const part *one, const fm_plan *plan)
{
  size_t i = 0;
  for (; plan && i < one->nways && way_is(&one->ways[i], plan); i++)
    plan = plan->fallback;
  return !plan && i == one->nways;
}

bool course_is(const page *p, const fm_plan *plan)
{
  size_t i = 0;
  for (; plan && i < p->nparts && part_is(&p->parts[i], plan); i++)
    plan = plan->next_input;
  return !plan && i == p->nparts;
}

/* What is remembered of the parts; what is in page->own goes with the page. */
void course_free(page *p)
{
  for (size_t i = 0; i < p->nparts; i++)
    fm_arena_deinit(&p->parts[i].memory);
}
