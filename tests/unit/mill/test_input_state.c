/* What is remembered of inputs, as text and back. */
#include "mill/input_state.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ONE "https://a.example/feed"
#define TWO "https://b.example/"
#define FIELDS(redirect_to, url, etag, modified, ids) \
  "\t" redirect_to "\t" url "\t" etag "\t" modified "\t" ids "\n"

static const fm_endpoint one = {.url = {ONE, sizeof ONE - 1}}, two = {.url = {TWO, sizeof TWO - 1}};
static fm_input inputs[2];

static int setup(void **state)
{
  (void)state;
  inputs[0] = (fm_input){.endpoints = &one, .nendpoints = 1};
  inputs[1] = (fm_input){.endpoints = &two, .nendpoints = 1};
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  fm_input_state_deinit(&inputs[0].state);
  fm_input_state_deinit(&inputs[1].state);
  return 0;
}

static void assert_encoded(const char *wanted)
{
  fm_buf out;
  fm_buf_init(&out, FM_INPUT_STATE_MAX);
  fm_inputs_encode(inputs, 2, &out);
  fm_buf_char(&out, 0);
  assert_string_equal(out.ptr, wanted);
  fm_buf_deinit(&out);
}

static void assert_str(fm_str got, const char *wanted)
{
  if (!fm_str_is(got, wanted))
    fail_msg("\"%.*s\" is not \"%s\"", FM_FMT(got), wanted);
}

/* The text is that of the program before this one too. */
static void what_was_encoded_comes_back(void **state)
{
  (void)state;
  static const char text[] =
    ONE FIELDS("", ONE, "\"e\"", "Tue, 04 Aug 2026 08:00:00 GMT", "00000000000000010123456789abcdef")
    TWO FIELDS("https://b.example/x.xml", "https://b.example/x.xml", "", "", "");
  fm_inputs_decode(fm_str_of(text), inputs, 2, false);
  assert_str(inputs[0].state.url, ONE);
  assert_str(inputs[0].state.etag, "\"e\"");
  assert_str(inputs[0].state.last_modified, "Tue, 04 Aug 2026 08:00:00 GMT");
  assert_int_equal(inputs[0].state.nids, 2);
  assert_true(inputs[0].state.ids[0] == 1 && inputs[0].state.ids[1] == 0x0123456789abcdef);
  assert_str(inputs[1].state.redirect_to, "https://b.example/x.xml");
  assert_int_equal(inputs[1].state.nids, 0);
  assert_encoded(text);
}

/* The configuration may have other addresses than when it was stored. */
static void a_line_is_of_its_address(void **state)
{
  (void)state;
  fm_inputs_decode(FM_STR("https://c.example/" FIELDS("x", "x", "x", "x", "")
                          TWO FIELDS("", TWO, "\"two\"", "", "")), inputs, 2, false);
  assert_int_equal(inputs[0].state.url.len, 0);
  assert_str(inputs[1].state.etag, "\"two\"");
  fm_inputs_decode(FM_STR(TWO FIELDS("", TWO, "\"old\"", "", "")), inputs, 2, false);
  assert_str(inputs[1].state.etag, "\"two\""); /* what this process knows goes first, */
  fm_inputs_decode(FM_STR(TWO FIELDS("", TWO, "\"new\"", "", "")), inputs, 2, true);
  assert_str(inputs[1].state.etag, "\"new\""); /* but for what another instance wrote */
}

/* What is not stored outlives what was loaded. */
static void failures_and_failover_stay(void **state)
{
  (void)state;
  inputs[0].state.failover = (fm_failover){.endpoint = 1, .failures = 2, .retry_at = 7};
  fm_input_state from = {.failing = true, .reason = FM_STR("because"),
                         .failover = {.endpoint = 9}};
  fm_input_state_set(&inputs[0].state, &from);
  fm_inputs_decode(FM_STR(ONE FIELDS("", ONE, "", "", "")), inputs, 2, true);
  assert_true(inputs[0].state.failing);
  assert_str(inputs[0].state.reason, "because");
  assert_int_equal(inputs[0].state.failover.endpoint, 1);
  assert_int_equal(inputs[0].state.failover.retry_at, 7);
  fm_input_state_deinit(&inputs[0].state);
  assert_int_equal(inputs[0].state.failover.retry_at, 0);
}

static void a_state_may_borrow_from_itself(void **state)
{
  (void)state;
  const uint64_t ids[] = {5, 6};
  fm_input_state from = {.url = FM_STR(ONE), .ids = ids, .nids = 2};
  fm_input_state_set(&inputs[0].state, &from);
  fm_input_state again = inputs[0].state;
  again.etag = again.url;
  fm_input_state_set(&inputs[0].state, &again);
  assert_str(inputs[0].state.etag, ONE);
  assert_int_equal(inputs[0].state.ids[1], 6);
}

static void malformed_lines_are_skipped(void **state)
{
  (void)state;
  static const char *const bad[] = {
    "", "\n\n", "-", ONE, ONE "\tx\ty\n", "\t\t\t\t\t\n", "\xff\xfe\n",
    ONE FIELDS("", "", "", "", "123"), ONE FIELDS("", "", "", "", "zzzzzzzzzzzzzzzz"),
    ONE FIELDS("", "", "", "", "0123456789ABCDEF")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    fm_inputs_decode(fm_str_of(bad[i]), inputs, 2, true);
  assert_int_equal(inputs[0].state.url.len, 0);
  assert_int_equal(inputs[0].state.nids, 0);
}

/* A host's words could make a line look like two. */
static void separators_are_not_written(void **state)
{
  (void)state;
  static const char *const bad[] = {"a\tb", "a\nb", "\t", "\n" ONE};
  for (size_t i = 0; i < 4; i++) {
    fm_input_state from = {.url = FM_STR(ONE), .etag = fm_str_of(bad[i])};
    fm_input_state_set(&inputs[0].state, &from);
    assert_encoded(TWO FIELDS("", "", "", "", ""));
  }
}

/* More ids than are stored: then none, and the next request is not conditional. */
static void too_many_ids_are_not_stored(void **state)
{
  (void)state;
  static uint64_t ids[FM_INPUT_STATE_IDS + 1];
  fm_input_state from = {.ids = ids, .nids = FM_INPUT_STATE_IDS + 1};
  fm_input_state_set(&inputs[0].state, &from);
  assert_encoded(ONE FIELDS("", "", "", "", "") TWO FIELDS("", "", "", "", ""));
  from.nids = FM_INPUT_STATE_IDS;
  fm_input_state_set(&inputs[0].state, &from);
  fm_buf out;
  fm_buf_init(&out, FM_INPUT_STATE_MAX);
  fm_inputs_encode(inputs, 2, &out);
  assert_false(out.full);
  fm_inputs_decode(fm_buf_view(&out), inputs, 2, true);
  assert_int_equal(inputs[0].state.nids, FM_INPUT_STATE_IDS);
  fm_buf_deinit(&out);
  fm_buf_init(&out, FM_INPUT_STATE_MAX);
  fm_buf_text(&out, TWO "\t\t\t\t\t");
  for (size_t i = 0; i <= FM_INPUT_STATE_IDS; i++)
    fm_buf_text(&out, "0000000000000000");
  fm_inputs_decode(fm_buf_view(&out), inputs, 2, true);
  assert_int_equal(inputs[1].state.nids, 0);
  fm_buf_deinit(&out);
}

static void one_list_at_its_address_is_not_stored(void **state)
{
  (void)state;
  const uint64_t id = 1;
  const struct { fm_input_state from; bool worth; } cases[] = {
    {{.nids = 0}, false},
    {{.url = FM_STR(ONE), .etag = FM_STR("\"e\"")}, false}, /* the upstream's record has it */
    {{.url = FM_STR(TWO)}, true},
    {{.url = FM_STR(ONE), .ids = &id, .nids = 1}, true},
    {{.redirect_to = FM_STR(TWO)}, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    fm_input_state_set(&inputs[0].state, &cases[i].from);
    assert_int_equal(fm_inputs_worth_storing(inputs, 1), cases[i].worth);
    assert_true(fm_inputs_worth_storing(inputs, 2));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    TEST(what_was_encoded_comes_back),
    TEST(a_line_is_of_its_address),
    TEST(failures_and_failover_stay),
    TEST(a_state_may_borrow_from_itself),
    TEST(malformed_lines_are_skipped),
    TEST(separators_are_not_written),
    TEST(too_many_ids_are_not_stored),
    TEST(one_list_at_its_address_is_not_stored),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
