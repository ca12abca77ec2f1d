/* Builds an upstream's plan from a feed request, compares and renews it. */
#include "mill/plan.h"

#include "base/str.h"
#include "base/url.h"
#include "fetch/host.h"
#include "source/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

fm_param *fm_params_copy(fm_arena *arena, const fm_param *params, size_t count)
{
  fm_param *copy = fm_arena_alloc(arena, (count + 1) * sizeof *copy);
  for (size_t i = 0; i < count; i++)
    copy[i] = (fm_param){fm_arena_str(arena, params[i].name), fm_arena_str(arena, params[i].value)};
  return copy;
}

static bool params_equal(const fm_param *a, size_t na, const fm_param *b, size_t nb)
{
  bool same = na == nb;
  for (size_t i = 0; same && i < na; i++)
    same = fm_str_eq(a[i].name, b[i].name) && fm_str_eq(a[i].value, b[i].value);
  return same;
}

static bool programs_equal(const fm_program *a, const fm_program *b)
{
  if (!a || !b)
    return a == b;
  bool same = a->argc == b->argc && a->time == b->time && a->memory == b->memory;
  for (size_t i = 0; same && i < a->argc; i++)
    same = fm_str_eq(a->argv[i], b->argv[i]);
  return same;
}

/* ---- building ---- */

static const fm_program *copy_program(fm_arena *arena, const fm_program *program)
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

static void set_endpoint(fm_arena *arena, const fm_plan *plan, fm_endpoint *to)
{
  to->url = fm_arena_str(arena, plan->url);
  to->key = fm_arena_str(arena, plan->key);
  to->accept = fm_arena_str(arena, plan->accept);
  to->budget = fm_arena_str(arena, plan->budget);
  fm_url_origin(to->url, arena, &to->origin);
  to->permit = fm_budget_key(arena, to->origin, to->budget);
  to->headers = fm_params_copy(arena, plan->headers, plan->nheaders);
  to->nheaders = plan->nheaders;
  to->program = copy_program(arena, plan->program);
}

static void set_input(fm_arena *arena, const fm_plan *plan, fm_input *to)
{
  size_t count = 0;
  for (const fm_plan *at = plan; at; at = at->fallback)
    count++;
  fm_endpoint *endpoints = fm_arena_alloc(arena, count * sizeof *endpoints);
  for (const fm_plan *at = plan; at; at = at->fallback)
    set_endpoint(arena, at, &endpoints[to->nendpoints++]);
  to->endpoints = endpoints;
}

static void set_inputs(fm_upstream_plan *p, const fm_plan *plan)
{
  size_t count = 0;
  for (const fm_plan *at = plan; at; at = at->next_input)
    count++;
  p->inputs = fm_arena_alloc(&p->arena, count * sizeof *p->inputs);
  for (const fm_plan *at = plan; at; at = at->next_input)
    set_input(&p->arena, at, &p->inputs[p->ninputs++]);
  p->url = p->inputs[0].endpoints[0].url;
  p->valid_until = plan->valid_until > 0 ? plan->valid_until : FM_NO_TIME;
}

static void set_command(fm_upstream_plan *p, const fm_feed_request *request)
{
  fm_str *command = fm_arena_alloc(&p->arena, (request->ncommand + 1) * sizeof *command);
  for (size_t i = 0; i < request->ncommand; i++)
    command[i] = fm_arena_str(&p->arena, request->command[i]);
  p->command = command;
  p->ncommand = request->ncommand;
}

static void set_ask(fm_upstream_plan *p, const fm_plan_request *ask)
{
  p->ask = (fm_plan_request){.size = sizeof p->ask, .path = fm_arena_str(&p->arena, ask->path)};
  p->ask.params = fm_params_copy(&p->arena, ask->params, ask->nparams);
  p->ask.nparams = ask->nparams;
  p->ask.options = fm_params_copy(&p->arena, ask->options, ask->noptions);
  p->ask.noptions = ask->noptions;
}

fm_upstream_plan *fm_upstream_plan_new(const fm_feed_request *request)
{
  fm_upstream_plan *p = FM_NEW(fm_upstream_plan);
  p->refs = 1;
  p->source = request->source;
  fm_source_ref(p->source);
  set_inputs(p, &request->plan);
  set_command(p, request);
  set_ask(p, &request->ask);
  p->options = fm_params_copy(&p->arena, request->options, request->noptions);
  p->noptions = request->noptions;
  return p;
}

fm_upstream_plan *fm_upstream_plan_ref(fm_upstream_plan *plan)
{
  plan->refs++;
  return plan;
}

void fm_upstream_plan_unref(fm_upstream_plan *plan)
{
  if (!plan || --plan->refs)
    return;
  for (size_t i = 0; i < plan->ninputs; i++)
    fm_input_state_deinit(&plan->inputs[i].state);
  fm_source_unref(plan->source);
  fm_arena_deinit(&plan->arena);
  free(plan);
}

/* ---- comparing ---- */

static bool endpoint_equals(const fm_endpoint *e, const fm_plan *plan)
{
  return fm_str_eq(e->url, plan->url) && fm_str_eq(e->key, plan->key) &&
         fm_str_eq(e->accept, plan->accept) && fm_str_eq(e->budget, plan->budget) &&
         params_equal(e->headers, e->nheaders, plan->headers, plan->nheaders) &&
         programs_equal(e->program, plan->program);
}

static bool input_equals(const fm_input *input, const fm_plan *plan)
{
  size_t i = 0;
  for (; plan && i < input->nendpoints && endpoint_equals(&input->endpoints[i], plan); i++)
    plan = plan->fallback;
  return !plan && i == input->nendpoints;
}

bool fm_upstream_plan_fetches(const fm_upstream_plan *p, const fm_feed_request *request)
{
  const fm_plan *plan = &request->plan;
  size_t i = 0;
  for (; plan && i < p->ninputs && input_equals(&p->inputs[i], plan); i++)
    plan = plan->next_input;
  return !plan && i == p->ninputs && fm_source_same(p->source, request->source);
}

bool fm_upstream_plan_options(const fm_upstream_plan *p, const fm_feed_request *request)
{
  return params_equal(p->options, p->noptions, request->options, request->noptions);
}

/* ---- renewing ---- */

int fm_upstream_plan_renew(const fm_upstream_plan *p, fm_str key, int64_t now,
                           fm_upstream_plan **next, bool *key_kept, fm_why *why)
{
  char text[FM_UPSTREAM_KEY_MAX];
  fm_arena arena = {0};
  fm_feed_request request = {.source = p->source, .ask = p->ask, .options = p->options,
                             .noptions = p->noptions, .command = p->command,
                             .ncommand = p->ncommand};
  request.ask.now = now;
  int rc = fm_source_plan(p->source, &request.ask, &arena, &request.plan, why);
  if (rc == FM_OK) {
    *key_kept = fm_str_eq(fm_upstream_key(&request, text, sizeof text), key);
    *next = fm_upstream_plan_new(&request);
  }
  fm_arena_deinit(&arena);
  return rc;
}

/* ---- keys ---- */

static uint64_t hash_command(const fm_feed_request *request)
{
  uint64_t hash = request->ncommand;
  for (size_t i = 0; i < request->ncommand; i++)
    hash = XXH3_64bits_withSeed(request->command[i].len ? request->command[i].ptr : "",
                                request->command[i].len, hash);
  return hash;
}

fm_str fm_upstream_key(const fm_feed_request *request, char *text, size_t room)
{
  int len = snprintf(text, room, "%s %.*s", request->source->name, FM_FMT(request->plan.key));
  if (request->ncommand && len < (int)room)
    len += snprintf(text + len, room - (size_t)len, " by %016" PRIx64, hash_command(request));
  return (fm_str){text, len < (int)room ? (size_t)len : room - 1};
}
