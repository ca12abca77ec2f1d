/* What a refresh of an upstream fetches: the plan of its source with the inputs and their
 * endpoints, the options and the command. Immutable but for the inputs' states; shared by
 * reference on the loop, so that a refresh under way keeps its plan over a reload. */
#ifndef FM_MILL_PLAN_H
#define FM_MILL_PLAN_H

#include "mill/feed_request.h"
#include "mill/input_state.h"

enum { FM_PLAN_NOTES = 16 };

typedef struct fm_upstream_plan {
  unsigned refs;
  fm_arena arena;
  const fm_source *source; /* a reference */
  fm_str url;              /* of the first input's preferred endpoint */
  fm_input *inputs;        /* at least one */
  size_t ninputs;
  const fm_param *options; /* of the source */
  size_t noptions;
  const fm_str *command;   /* prints the page; none: it is fetched */
  size_t ncommand;
  int64_t valid_until;     /* Unix seconds; FM_NO_TIME: for good */
  fm_plan_request ask;     /* what the source is asked when the plan ends */
  /* What is remembered from one refresh to the next, beside the inputs' states: */
  bool inputs_loaded;      /* the store was asked for these, */
  uint64_t inputs_hash;    /* and this is the fm_list_hash of what it has */
  uint64_t noted[FM_PLAN_NOTES]; /* fm_list_hash of the latest remarks that were logged */
  unsigned nnoted;
} fm_upstream_plan;

fm_upstream_plan *fm_upstream_plan_new(const fm_feed_request *request); /* one reference */
fm_upstream_plan *fm_upstream_plan_ref(fm_upstream_plan *plan);
void fm_upstream_plan_unref(fm_upstream_plan *plan);

/* True if the request's plan fetches the same, and its source reads it the same way. */
bool fm_upstream_plan_fetches(const fm_upstream_plan *plan, const fm_feed_request *request);
/* True if the options are the same. */
bool fm_upstream_plan_options(const fm_upstream_plan *plan, const fm_feed_request *request);
/* Asks the source for the plan that holds at `now`. FM_OK: *next is a new plan with the same
 * options and command. Else *next is untouched. `key_kept`: it names the same upstream. */
int fm_upstream_plan_renew(const fm_upstream_plan *plan, fm_str key, int64_t now,
                           fm_upstream_plan **next, bool *key_kept, fm_why *why);

/* The key of a request's upstream, in `text`: the source's name, so that no two sources share
 * an upstream, the plan's key and the command's hash. */
enum { FM_UPSTREAM_KEY_MAX = 640 };
fm_str fm_upstream_key(const fm_feed_request *request, char *text, size_t room);

/* Copies into an arena. */
fm_param *fm_params_copy(fm_arena *arena, const fm_param *params, size_t count);

#endif
