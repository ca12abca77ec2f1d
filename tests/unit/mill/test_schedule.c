/* A day of 200 feeds on one host, by a clock that is moved by hand: budget,
 * turns and schedule as the program has them, the host's own count beside. */
#include "mill/schedule.h"

#include "base/str.h"
#include "fetch/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ORIGIN FM_STR("https://listing.example")

enum {
  FEEDS = 200, READERS = 64, REQUESTS = 1 << 17,
  SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR,
  QUOTA = 100, WINDOW = 300 /* seconds */
};

enum kind { FIXED, SLIDING };

/* The host: counts as it pleases, and tells. */
typedef struct host {
  enum kind kind;
  bool tells_remaining;
  int64_t offset;         /* of its windows to our clock */
  int64_t *came;          /* when requests came */
  size_t ncame;
  size_t over;            /* requests beyond the budget */
  int64_t stopped;        /* it wants nothing until then, */
  size_t while_stopped;   /* and what came all the same */
} host;

typedef struct request {
  fm_permit turn;
  struct feed *feed;   /* NULL: a reader's, who has nothing */
  int64_t asked, arrives, answered; /* 0: not yet */
  fm_budget said;
  bool busy, counted;
} request;

typedef struct feed {
  fm_slot slot;
  char name[40];
  int64_t every;   /* seconds */
  int64_t fetched; /* ms */
  int64_t due;     /* 0: in the line, or under way */
  int64_t oldest;  /* the oldest that its copy got since the day began, ms */
  int64_t told;    /* how long it was said to wait */
  bool dynamic;    /* not configured */
  request request;
} feed;

typedef struct world {
  host host;
  fm_hosts hosts;
  fm_schedule schedule;
  feed feeds[FEEDS];
  request readers[READERS];
  int64_t run_at;       /* fm_schedule_run is wanted */
  int64_t next_reader, between_readers;
  int64_t others;       /* requests of other people from our address, for each window */
  int64_t longest_wait; /* of a reader, until its request went out */
  size_t sent, refused, served;
  uint64_t random;
} world;

static int64_t clock_now;
static int64_t now_of_test(void) { return clock_now; }
static world *the_world; /* fm_hosts.wake has no context */

static int64_t chance(world *w, int64_t below)
{
  w->random = w->random * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((w->random >> 33) % (uint64_t)below);
}

/* The host -------------------------------------------------------------------------- */

static int64_t window_begin(const host *h, int64_t at)
{
  int64_t length = WINDOW * SECOND;
  return h->kind == FIXED ? (at + h->offset) / length * length - h->offset : at - length + 1;
}

static int64_t count_since(const host *h, int64_t begin)
{
  size_t n = h->ncame;
  while (n && h->came[n - 1] >= begin)
    n--;
  return (int64_t)(h->ncame - n);
}

static int64_t first_since(const host *h, int64_t begin)
{
  size_t n = h->ncame;
  while (n && h->came[n - 1] >= begin)
    n--;
  return n < h->ncame ? h->came[n] : begin;
}

static void host_gets(world *w, request *r)
{
  host *h = &w->host;
  assert_true(h->ncame < REQUESTS);
  h->came[h->ncame++] = clock_now;
  h->while_stopped += clock_now < h->stopped;
  int64_t begin = window_begin(h, clock_now);
  int64_t used = count_since(h, begin) + w->others;
  h->over += used > QUOTA;
  int64_t end = (h->kind == FIXED ? begin : first_since(h, begin)) + WINDOW * SECOND;
  r->said = (fm_budget){-1, -1, QUOTA, WINDOW, 0};
  if (h->tells_remaining) {
    r->said.remaining = used < QUOTA ? QUOTA - used : 0;
    r->said.reset = (end - clock_now) / SECOND; /* rounded down, as hosts do */
  }
}

/* What the mill does around the three ----------------------------------------------------- */

static void kick(world *w)
{
  int64_t ms = fm_schedule_run(&w->schedule);
  w->run_at = ms < 0 ? INT64_MAX : clock_now + ms;
}

static void on_turn(fm_permit *turn)
{
  request *r = FM_OF(turn, request, turn);
  world *w = the_world;
  if (turn->refused) {
    r->busy = false;
    w->refused++;
    if (!r->feed)
      return;
    fm_schedule_leave(&r->feed->slot); /* back into the line */
    fm_schedule_ask(&w->schedule, &r->feed->slot, ORIGIN, r->feed->dynamic,
                    r->feed->fetched / SECOND);
    w->run_at = clock_now + 1;
    return;
  }
  int64_t waited = clock_now - r->asked;
  if (!r->feed)
    w->longest_wait = waited > w->longest_wait ? waited : w->longest_wait;
  else
    fm_schedule_sent(&r->feed->slot);
  w->sent++;
  r->counted = false;
  r->arrives = clock_now + 1 + chance(w, 400);
  r->answered = r->arrives + 1 + chance(w, 600);
}

static void ask(world *w, request *r, feed *f)
{
  r->feed = f;
  r->busy = true;
  r->asked = clock_now;
  r->arrives = r->answered = INT64_MAX;
  fm_permit_request(&w->hosts, ORIGIN, &r->turn, 
                    (fm_priority){.dynamic = f && f->dynamic, .urgent = !f,
                                  .since = f ? f->fetched / SECOND : 0}, on_turn);
}

static int64_t room(void *ctx, fm_str name, size_t before, bool dynamic)
{
  world *w = ctx;
  int64_t ms = fm_hosts_ready_at(&w->hosts, name, before, dynamic) - clock_now;
  return ms > 0 ? ms : 0;
}

static void go(void *ctx, fm_slot *slot)
{
  feed *f = FM_OF(slot, feed, slot);
  ask(ctx, &f->request, f);
}

static void held(void *ctx, fm_slot *slot, int64_t ms)
{
  (void)ctx;
  FM_OF(slot, feed, slot)->told = ms;
}

static void wake(fm_hosts *hosts, int64_t at) { (void)hosts, (void)at; } /* wake_at is looked at */

static void plan(feed *f)
{
  f->due = f->fetched + f->every * SECOND - fm_schedule_early(fm_str_of(f->name), f->every);
}

static void answered(world *w, request *r)
{
  feed *f = r->feed;
  fm_permit_report(&w->hosts, &r->turn, &r->said);
  r->busy = false;
  w->served++;
  if (f) {
    int64_t age = clock_now - f->fetched;
    f->oldest = age > f->oldest ? age : f->oldest;
    f->fetched = clock_now;
    plan(f);
  }
  fm_permit_release(&w->hosts, &r->turn);
  kick(w);
}

/* The world --------------------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t request_next(const request *r)
{
  return !r->busy ? INT64_MAX : r->counted ? r->answered : r->arrives;
}

static int64_t next_event(const world *w)
{
  int64_t at = least(w->run_at, least(w->hosts.wake_at, w->next_reader));
  for (int i = 0; i < FEEDS; i++)
    at = least(at, least(w->feeds[i].due ? w->feeds[i].due : INT64_MAX,
                         request_next(&w->feeds[i].request)));
  for (int i = 0; i < READERS; i++)
    at = least(at, request_next(&w->readers[i]));
  return at;
}

static void move_request(world *w, request *r)
{
  if (request_next(r) > clock_now)
    return;
  if (r->counted) {
    answered(w, r);
  } else {
    host_gets(w, r);
    r->counted = true;
  }
}

static void move_feed(world *w, feed *f)
{
  move_request(w, &f->request);
  if (!f->due || f->due > clock_now)
    return;
  f->due = 0;
  fm_schedule_ask(&w->schedule, &f->slot, ORIGIN, f->dynamic, f->fetched / SECOND);
  kick(w);
}

static void reader_comes(world *w)
{
  if (clock_now < w->next_reader)
    return;
  w->next_reader = clock_now + 1 + chance(w, 2 * w->between_readers);
  for (int i = 0; i < READERS; i++)
    if (!w->readers[i].busy) {
      ask(w, &w->readers[i], NULL);
      return;
    }
}

static void live_until(world *w, int64_t end)
{
  int64_t at;
  while ((at = next_event(w)) < end) {
    assert_true(at >= clock_now);
    clock_now = at;
    for (int i = 0; i < FEEDS; i++)
      move_feed(w, &w->feeds[i]);
    for (int i = 0; i < READERS; i++)
      move_request(w, &w->readers[i]);
    reader_comes(w);
    if (w->hosts.wake_at <= clock_now)
      fm_hosts_run(&w->hosts);
    if (w->run_at <= clock_now)
      kick(w);
  }
  clock_now = end;
}

/* All feeds are due at once, as after a night's stop. */
static world *world_new(enum kind kind, int64_t every)
{
  world *w = calloc(1, sizeof *w);
  the_world = w;
  clock_now = (int64_t)50 * DAY;
  w->host = (host){.kind = kind, .tells_remaining = true, .offset = 77777,
                   .came = malloc(REQUESTS * sizeof *w->host.came)};
  fm_hosts_init(&w->hosts, 2);
  w->hosts.now = now_of_test;
  w->hosts.wake = wake;
  fm_schedule_init(&w->schedule);
  w->schedule.room = room;
  w->schedule.go = go;
  w->schedule.held = held;
  w->schedule.ctx = w;
  w->run_at = w->next_reader = INT64_MAX;
  w->random = 1;
  for (int i = 0; i < FEEDS; i++) {
    feed *f = &w->feeds[i];
    snprintf(f->name, sizeof f->name, "daily-papers /papers?q=%d", i);
    f->every = every;
    f->fetched = clock_now - DAY / 2 + i;
    f->due = clock_now;
  }
  return w;
}

static void readers_come(world *w, int64_t between_ms)
{
  w->between_readers = between_ms;
  w->next_reader = clock_now;
}

static void world_free(world *w)
{
  for (int i = 0; i < FEEDS; i++) {
    fm_permit_release(&w->hosts, &w->feeds[i].request.turn);
    fm_schedule_leave(&w->feeds[i].slot);
  }
  w->hosts.per_host = 0;
  for (int i = 0; i < READERS; i++)
    fm_permit_release(&w->hosts, &w->readers[i].turn);
  for (int i = 0; i < FEEDS; i++) {
    fm_permit_release(&w->hosts, &w->feeds[i].request.turn);
    fm_schedule_leave(&w->feeds[i].slot);
  }
  fm_hosts_deinit(&w->hosts);
  fm_schedule_deinit(&w->schedule);
  free(w->host.came);
  free(w);
}

static int64_t oldest(const world *w)
{
  int64_t age = 0;
  for (int i = 0; i < FEEDS; i++) {
    int64_t now = clock_now - w->feeds[i].fetched;
    int64_t most = w->feeds[i].oldest > now ? w->feeds[i].oldest : now;
    age = most > age ? most : age;
  }
  return age;
}

static void report(const char *what, const world *w)
{
  printf("%s: %zu requests, the oldest copy %lld s, a reader waited at most %lld ms, "
         "%zu refused\n", what, w->sent, (long long)oldest(w) / SECOND, (long long)w->longest_wait,
         w->refused);
}

/* How old a copy gets where all the budget goes into refreshes. */
enum { FORCED = FEEDS / QUOTA * WINDOW };

/* The first hour is for the host's windows and ours to find together. */
static void run_day(const char *what, world *w)
{
  live_until(w, clock_now + HOUR);
  for (int i = 0; i < FEEDS; i++)
    w->feeds[i].oldest = 0;
  live_until(w, clock_now + DAY);
  report(what, w);
  assert_int_equal(w->host.over, 0);
}

static void test_a_day_beyond_the_budget(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 60);
    run_day(kind == FIXED ? "beyond, fixed" : "beyond, sliding", w);
    assert_true(oldest(w) <= (FORCED + WINDOW / 20) * SECOND);
    assert_true(w->sent >= DAY / (WINDOW * SECOND) * QUOTA * 97 / 100);
    world_free(w);
  }
}

static void test_a_day_within_the_budget(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 1800);
    run_day(kind == FIXED ? "within, fixed" : "within, sliding", w);
    /* never later than said by more than it takes to let the others by */
    assert_true(oldest(w) <= 1860 * SECOND);
    assert_true(w->sent >= (size_t)FEEDS * 48);
    world_free(w);
  }
}

static void test_a_host_that_tells_its_policy_alone(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 60);
    w->host.tells_remaining = false;
    run_day("policy alone", w);
    assert_true(oldest(w) <= (FORCED + WINDOW / 20) * SECOND);
    world_free(w);
  }
}

/* Those who have nothing go first, and find room at any time. */
static void test_readers_with_nothing_go_first(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 60);
    readers_come(w, 30 * SECOND); /* a tenth of the budget */
    run_day("with readers", w);
    assert_true(w->longest_wait <= 20 * SECOND);
    assert_int_equal(w->refused, 0);
    assert_true(oldest(w) <= (FORCED * 10 / 9 + WINDOW / 5) * SECOND);
    world_free(w);
  }
}

/* A quarter of the feeds is configured and keeps its interval, whatever the others want. */
static void test_configured_feeds_go_first(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 300);
    for (int i = FEEDS / 4; i < FEEDS; i++) {
      w->feeds[i].dynamic = true;
      w->feeds[i].every = 60;
    }
    run_day("configured first", w);
    int64_t configured = 0;
    size_t starving = 0;
    for (int i = 0; i < FEEDS / 4; i++)
      configured = w->feeds[i].oldest > configured ? w->feeds[i].oldest : configured;
    for (int i = FEEDS / 4; i < FEEDS; i++)
      starving += clock_now - w->feeds[i].fetched > 3 * HOUR;
    assert_true(configured <= 360 * SECOND);
    assert_int_equal(starving, 0); /* a quarter of the budget is theirs */
    world_free(w);
  }
}

/* Half of the budget is used up by others behind the same address. */
static void test_others_share_the_budget(void **state)
{
  (void)state;
  world *w = world_new(FIXED, 60);
  w->others = QUOTA / 2;
  run_day("shared", w);
  assert_true(oldest(w) <= (FORCED * 2 + WINDOW / 5) * SECOND);
  world_free(w);
}

/* Readers alone want more than there is: what has no room is refused, and never
 * sent; what is read already stays fresh. */
static void test_too_many_readers(void **state)
{
  (void)state;
  for (enum kind kind = FIXED; kind <= SLIDING; kind++) {
    world *w = world_new(kind, 1800);
    readers_come(w, SECOND);
    run_day("too many readers", w);
    assert_true(w->refused > 0);
    assert_true(w->longest_wait <= FM_HOSTS_PATIENCE_MS + SECOND);
    assert_true(oldest(w) <= FEEDS * 4 * WINDOW / QUOTA * 11 / 10 * SECOND); /* a quarter is theirs */
    world_free(w);
  }
}

static void test_retry_after_stops_the_whole_host(void **state)
{
  (void)state;
  world *w = world_new(FIXED, 60);
  live_until(w, clock_now + HOUR);
  live_until(w, clock_now + 5 * SECOND); /* what is on its way arrives */
  int64_t until = clock_now + 2 * HOUR;
  fm_hosts_block(&w->hosts, ORIGIN, 2 * HOUR);
  w->host.stopped = until;
  live_until(w, clock_now + 2 * SECOND);
  size_t on_its_way = w->host.while_stopped, sent = w->sent;
  assert_in_range(on_its_way, 0, 2);
  readers_come(w, 10 * SECOND);
  live_until(w, until);
  assert_int_equal(w->host.while_stopped, on_its_way);
  assert_int_equal(w->sent, sent);
  assert_true(w->refused > 100);
  live_until(w, until + HOUR);
  assert_true(w->sent > sent);
  assert_int_equal(w->host.over, 0);
  world_free(w);
}

/* Feeds of unlike intervals, together more than there is: the eager ones do not
 * push the patient ones out, and get what these leave. */
static void test_intervals_beside_each_other(void **state)
{
  (void)state;
  world *w = world_new(FIXED, 3600);
  for (int i = 0; i < 20; i++)
    w->feeds[i].every = 60;
  for (int i = 20; i < 60; i++)
    w->feeds[i].every = 900;
  run_day("unlike", w);
  for (int i = 20; i < FEEDS; i++)
    assert_true(w->feeds[i].oldest <= (w->feeds[i].every + 90) * SECOND);
  int64_t eager = 0;
  for (int i = 0; i < 20; i++)
    eager = w->feeds[i].oldest > eager ? w->feeds[i].oldest : eager;
  printf("unlike: of the eager ones %lld s\n", (long long)eager / SECOND);
  assert_true(eager <= FORCED * SECOND);
  world_free(w);
}

/* Alone: the line's order, and how long it is said to take ------------------------------------ */

typedef struct line {
  fm_schedule schedule;
  fm_slot slots[5];
  size_t free; /* how many may go */
  bool shut;   /* no dynamic one may */
  char went[16];
  int64_t told[5];
} line;

static int64_t line_room(void *ctx, fm_str name, size_t before, bool dynamic)
{
  line *l = ctx;
  before += dynamic && l->shut ? 1000 : 0;
  if (!fm_str_is(name, "a"))
    return 0;
  return before < l->free ? 0 : 1000 * (int64_t)(before - l->free + 1);
}

static void line_go(void *ctx, fm_slot *slot)
{
  line *l = ctx;
  size_t n = strlen(l->went);
  l->went[n] = (char)('0' + (slot - l->slots));
}

static void line_held(void *ctx, fm_slot *slot, int64_t ms)
{
  line *l = ctx;
  l->told[slot - l->slots] = ms;
}

static void test_the_oldest_first(void **state)
{
  (void)state;
  line l = {0};
  static const int64_t since[] = {50, 10, 30, 20, 40};
  fm_schedule_init(&l.schedule);
  l.schedule.room = line_room;
  l.schedule.go = line_go;
  l.schedule.held = line_held;
  l.schedule.ctx = &l;
  assert_int_equal(fm_schedule_run(&l.schedule), -1);
  for (int i = 0; i < 5; i++)
    fm_schedule_ask(&l.schedule, &l.slots[i], FM_STR("a"), false, since[i]);
  l.free = 1;
  assert_int_equal(fm_schedule_run(&l.schedule), 1000);
  assert_string_equal(l.went, "1");
  assert_int_equal(l.told[3], 1000);
  assert_int_equal(l.told[2], 2000);
  assert_int_equal(l.told[0], 4000);
  assert_int_equal(fm_schedule_run(&l.schedule), 1000); /* 1 is not out yet */
  assert_string_equal(l.went, "1");
  fm_schedule_sent(&l.slots[1]);
  fm_schedule_sent(&l.slots[1]);
  fm_schedule_leave(&l.slots[2]);
  fm_schedule_leave(&l.slots[2]);
  assert_int_equal(fm_schedule_run(&l.schedule), 1000);
  assert_string_equal(l.went, "13");
  fm_schedule_leave(&l.slots[3]); /* ended unsent */
  fm_schedule_ask(&l.schedule, &l.slots[1], FM_STR("b"), false, 0); /* another host is another line */
  l.free = 5;
  assert_int_equal(fm_schedule_run(&l.schedule), -1);
  assert_string_equal(l.went, "13401");
  for (int i = 0; i < 5; i++)
    fm_schedule_leave(&l.slots[i]);
  fm_schedule_deinit(&l.schedule);
}

/* 1 and 3 are dynamic, with the oldest copies. */
static void test_dynamic_ones_come_last(void **state)
{
  (void)state;
  line l = {.free = 5};
  static const int64_t since[] = {50, 10, 30, 20, 40};
  fm_schedule_init(&l.schedule);
  l.schedule.room = line_room;
  l.schedule.go = line_go;
  l.schedule.held = line_held;
  l.schedule.ctx = &l;
  for (int i = 0; i < 5; i++)
    fm_schedule_ask(&l.schedule, &l.slots[i], FM_STR("a"), i % 2 == 1, since[i]);
  l.shut = true;
  assert_true(fm_schedule_run(&l.schedule) > 900000);
  assert_string_equal(l.went, "240");
  assert_true(l.told[1] > 900000 && l.told[3] > 900000);
  l.shut = false;
  assert_int_equal(fm_schedule_run(&l.schedule), -1);
  assert_string_equal(l.went, "24013");
  for (int i = 0; i < 5; i++)
    fm_schedule_leave(&l.slots[i]);
  fm_schedule_deinit(&l.schedule);
}

static void test_early_by_less_than_a_tenth(void **state)
{
  (void)state;
  int64_t most = 0, unlike = 0;
  for (int i = 0; i < 1000; i++) {
    char name[32];
    snprintf(name, sizeof name, "page %d", i);
    int64_t early = fm_schedule_early(fm_str_of(name), 1800);
    assert_in_range(early, 0, 179999);
    assert_int_equal(early, fm_schedule_early(fm_str_of(name), 1800));
    unlike += early != fm_schedule_early(fm_str_of(name), 1801) * 1800 / 1801;
    most = early > most ? early : most;
  }
  assert_true(most > 170000 && unlike > 900);
  assert_int_equal(fm_schedule_early(FM_STR("x"), 0), 0);
}

static void test_back_off_doubles_up_to_an_hour(void **state)
{
  (void)state;
  static const struct { int64_t every; unsigned failures; int64_t seconds; } rows[] = {
    {1800, 1, 60}, {1800, 2, 120}, {1800, 3, 240}, {1800, 6, 1920}, {1800, 7, 3600},
    {1800, 8, 3600}, {1800, 4000000000u, 3600}, {5, 1, 5}, {5, 4, 40}, {5, 99, 3600},
    {86400, 1, 60}, {86400, 12, 86400}, {86400, 99, 86400}, {1, 0, 1}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(fm_schedule_back_off(rows[i].every, rows[i].failures), rows[i].seconds * 1000);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_oldest_first),
    cmocka_unit_test(test_dynamic_ones_come_last),
      cmocka_unit_test(test_early_by_less_than_a_tenth),
      cmocka_unit_test(test_back_off_doubles_up_to_an_hour),
      cmocka_unit_test(test_a_day_beyond_the_budget),
      cmocka_unit_test(test_a_day_within_the_budget),
      cmocka_unit_test(test_a_host_that_tells_its_policy_alone),
      cmocka_unit_test(test_readers_with_nothing_go_first),
    cmocka_unit_test(test_configured_feeds_go_first),
      cmocka_unit_test(test_others_share_the_budget),
      cmocka_unit_test(test_too_many_readers),
      cmocka_unit_test(test_retry_after_stops_the_whole_host),
      cmocka_unit_test(test_intervals_beside_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
