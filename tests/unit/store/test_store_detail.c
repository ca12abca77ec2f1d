/* What an entry's own page said stays with it, in every backend. */
#include "store/store_bed.h"

#include "feed/codec.h"
#include "feed/entry_page.h"
#include "store/observation.h"

static fm_arena arena;

static int end(void **state)
{
  teardown(state);
  fm_arena_deinit(&arena);
  return 0;
}

static fm_entry nothing(void)
{
  return (fm_entry){.published = FM_NO_TIME, .updated = FM_NO_TIME};
}

/* What the own page of "a" says. */
static fm_entry said_of_a(void)
{
  static const fm_number number = {{"points", 6}, 7};
  fm_entry said = nothing();
  said.content = FM_STR("<p>All of a.</p>");
  said.title = FM_STR("The title of a");
  said.published = KIT_T0 - 12345;
  said.numbers = &number;
  said.nnumbers = 1;
  return said;
}

static fm_doc *with_detail(const char *words, const fm_entry *said)
{
  fm_doc *doc = kit_page(words);
  fm_entry_page_add(said, &doc->arena, kit_at(doc, 0));
  return doc;
}

static fm_doc *load_entries(const char *page, const char *words)
{
  answer got = {.calls = 0};
  fm_doc *asked = kit_page(words);
  fm_store_load_entries(k.store, fm_str_of(page), asked, kit_on_answer, &got);
  fm_doc_unref(asked);
  kit_wait(&k, &got.calls);
  if (got.error)
    fail_msg("%s", got.why.text);
  return got.doc;
}

static void assert_detailed(const fm_entry *entry)
{
  double points = 0;
  assert_str(entry->title, "The title of a");
  assert_str(entry->content, "<p>All of a.</p>");
  assert_str(entry->summary, "About a."); /* the page did not say */
  assert_true(fm_entry_number(entry, FM_STR("points"), &points) && points == 7);
  assert_false(fm_entry_page_wanted(entry));
}

static void what_the_own_page_said_stays(void **state)
{
  (void)state;
  fm_entry said = said_of_a();
  answer got = kit_merge(&k, LIST, KIT_T0, with_detail("a b", &said));
  assert_detailed(&got.doc->feed.entries[0]);
  assert_true(got.doc->feed.entries[0].published == KIT_T0 - 12345);
  assert_true(fm_entry_page_wanted(&got.doc->feed.entries[1]));
  int64_t updated = got.doc->feed.entries[0].updated;
  fm_doc_unref(got.doc);
  /* the bare list, after a restart too */
  for (int i = 0; i < 2; i++) {
    if (i && strcmp(kit_backend, "memory:") != 0) {
      kit_close(&k);
      kit_open(&k);
    }
    got = kit_merge(&k, LIST, KIT_T0 + 100 + i, kit_page("a b"));
    assert_detailed(&got.doc->feed.entries[0]);
    assert_true(got.doc->feed.entries[0].updated == updated);
    assert_true(got.doc->feed.entries[0].published == KIT_T0 - 12345);
    assert_true(got.meta.changed == KIT_T0);
    fm_doc_unref(got.doc);
  }
}

/* Given to readers before its page was had: its date stays, and it has changed. */
static void what_comes_late_dates_nothing(void **state)
{
  (void)state;
  fm_entry said = said_of_a();
  merge(LIST, KIT_T0, "a b");
  answer got = {.calls = 0};
  fm_doc *late = with_detail("a", &said);
  int64_t published = late->feed.entries[0].published;
  fm_store_add(k.store, FM_STR(LIST), KIT_T0 + 50, late, kit_on_answer, &got);
  fm_doc_unref(late);
  kit_wait(&k, &got.calls);
  assert_detailed(&got.doc->feed.entries[0]);
  assert_true(got.doc->feed.entries[0].published != published);
  assert_true(got.doc->feed.entries[0].updated == KIT_T0 + 50); /* it has another title */
  fm_doc_unref(got.doc);
  got = kit_load(&k, LIST, 10);
  assert_words(got.doc, "a b");
  assert_detailed(&got.doc->feed.entries[0]);
  assert_true(got.meta.changed == KIT_T0 + 50);
  fm_doc_unref(got.doc);
}

static void any_page_of_the_source_knows(void **state)
{
  (void)state;
  fm_entry said = said_of_a();
  fm_doc_unref(kit_merge(&k, LIST, KIT_T0, with_detail("a b", &said)).doc);
  fm_doc *doc = load_entries("test /other", "x a y b a");
  assert_words(doc, "a b");
  assert_detailed(&doc->feed.entries[0]);
  assert_true(doc->feed.entries[0].published == KIT_T0 - 12345);
  fm_doc_unref(doc);
  doc = load_entries("other /list", "a b");
  assert_int_equal(doc->feed.nentries, 0);
  fm_doc_unref(doc);
  doc = load_entries("test /other", "");
  assert_int_equal(doc->feed.nentries, 0);
  fm_doc_unref(doc);
}

static void try_in_vain(int64_t at, unsigned before)
{
  fm_doc *doc = kit_page("a b");
  fm_entry_page_failed(before, kit_at(doc, 0));
  answer got = kit_merge(&k, LIST, at, doc);
  assert_int_equal(fm_entry_page_tries(&got.doc->feed.entries[0]), before + 1);
  assert_true(got.meta.changed == KIT_T0); /* nothing that a reader could see */
  fm_doc_unref(got.doc);
}

static void tries_are_counted_and_seen_by_nobody(void **state)
{
  (void)state;
  merge(LIST, KIT_T0, "a b");
  for (unsigned i = 0; i < FM_ENTRY_PAGE_TRIES; i++) {
    fm_doc *doc = load_entries(LIST, "a");
    assert_true(fm_entry_page_wanted(&doc->feed.entries[0]));
    assert_int_equal(fm_entry_page_tries(&doc->feed.entries[0]), i);
    fm_doc_unref(doc);
    try_in_vain(KIT_T0 + 10 + 2 * i, i);
    answer got = kit_merge(&k, LIST, KIT_T0 + 11 + 2 * i, kit_page("a b"));
    assert_true(got.meta.changed == KIT_T0);
    fm_doc_unref(got.doc);
  }
  fm_doc *doc = load_entries(LIST, "a");
  assert_false(fm_entry_page_wanted(&doc->feed.entries[0]));
  fm_doc_unref(doc);
}

/* A copy that is put back into an emptied backend brings it along. */
static void a_copy_that_is_held_carries_it(void **state)
{
  (void)state;
  fm_entry said = said_of_a();
  answer got = {.calls = 0};
  fm_doc *copy = with_detail("a b", &said);
  fm_upstream_meta had = kit_meta(KIT_T0 - 5), meta = kit_meta(KIT_T0);
  fm_held_copy held = {.meta = &had, .doc = copy};
  fm_doc *page = kit_page("b a");
  fm_store_merge_held(k.store, FM_STR(LIST), &meta, page, &held, kit_on_answer, &got);
  fm_doc_unref(page);
  fm_doc_unref(copy);
  kit_wait(&k, &got.calls);
  assert_detailed(&got.doc->feed.entries[1]);
  fm_doc_unref(got.doc);
}

/* ---- the entry alone ---- */

static void a_page_replaces_what_it_says(void **state)
{
  (void)state;
  fm_person author = {.name = FM_STR("Another")};
  fm_entry entry = kit_entry(&arena, FM_STR("a")), said = nothing();
  fm_link link = {.rel = FM_STR("alternate"), .href = FM_STR("https://elsewhere.example/")};
  said.id = FM_STR("urn:other");
  said.links = &link;
  said.nlinks = 1;
  said.authors = &author;
  said.nauthors = 1;
  said.updated = KIT_T0;
  fm_entry got = entry;
  fm_entry_page_add(&said, &arena, &got);
  assert_str(got.id, "https://example.org/a");
  assert_str(got.links[0].href, "https://example.org/a.html");
  assert_str(got.authors[0].name, "Another");
  assert_str(got.title, "Title of a");
  assert_true(got.updated == KIT_T0 && got.published == entry.published);
  assert_false(fm_entry_page_wanted(&got));
  fm_entry_page_clear(&arena, &got);
  assert_true(fm_entry_page_wanted(&got));
  assert_int_equal(got.nnumbers, entry.nnumbers);
  entry.nlinks = 0; /* no page of its own */
  assert_false(fm_entry_page_wanted(&entry));
  link.href = FM_STR("mailto:a@b");
  entry.links = &link;
  entry.nlinks = 1;
  assert_false(fm_entry_page_wanted(&entry));
}

/* Two nodes had it at the same time: what readers have stays, no field is lost. */
static void two_that_had_it_are_one(void **state)
{
  (void)state;
  fm_entry one = kit_entry(&arena, FM_STR("a")), two = one, said = nothing();
  fm_record old = {.first_seen = KIT_T0}, got;
  said.content = FM_STR("first");
  fm_entry_page_add(&said, &arena, &one);
  said.content = FM_STR("second");
  said.rights = FM_STR("free");
  fm_entry_page_add(&said, &arena, &two);
  old.entry = one;
  old.fingerprint = fm_fingerprint(&one);
  fm_record_merge(&old, &two, KIT_T0, &arena, &got);
  assert_str(got.entry.content, "first");
  assert_str(got.entry.rights, "free");
  fm_entry bare = kit_entry(&arena, FM_STR("a"));
  bare.rights = FM_STR("none");
  bare.summary = (fm_str){NULL, 0};
  fm_record next;
  fm_record_merge(&got, &bare, KIT_T0, &arena, &next);
  assert_str(next.entry.content, "first");
  assert_str(next.entry.rights, "free");
  assert_str(next.entry.summary, "About a.");
}

/* A record of an earlier version, as it lies in a store. */
static void observe_old_record(const char *json, const fm_entry *seen, fm_observation *observation)
{
  fm_pack pack = {NULL, NULL, NULL, NULL};
  fm_buf packed;
  fm_why why;
  fm_buf_init(&packed, FM_PACK_MAX);
  assert_int_equal(fm_pack_encode(&pack, fm_str_of(json), &packed), FM_OK);
  fm_entry old;
  assert_int_equal(fm_entry_decode(fm_str_of(json), &arena, &old, &why), FM_OK);
  fm_stored_entry known = {.first_seen = KIT_T0, .published = KIT_T0, .updated = KIT_T0,
                    .changed = KIT_T0, .fingerprint = fm_fingerprint(&old),
                    .packed = fm_buf_view(&packed)};
  fm_observation_context how = {.now = KIT_T0 + 100, .upstream_changed = KIT_T0};
  assert_int_equal(fm_observation_merge(&pack, &known, seen, &how, &arena, observation, &why), FM_OK);
  fm_buf_deinit(&packed);
  fm_pack_release(&pack);
}

/* What readers were given stays, and its new form is no change that they hear of. */
static void records_of_earlier_versions_stay(void **state)
{
  (void)state;
  static const char fetched[] =
    "{\"i\":\"https://example.org/a\",\"t\":\"Title of a\",\"s\":\"About a.\",\"c\":\"<p>All.</p>\","
    "\"p\":1,\"u\":1,\"l\":[{\"r\":\"alternate\",\"h\":\"https://example.org/a.html\"}],"
    "\"n\":[\"own page\",68]}";
  static const char failed[] =
    "{\"i\":\"https://example.org/a\",\"t\":\"Title of a\",\"s\":\"About a.\",\"p\":1,\"u\":1,"
    "\"l\":[{\"r\":\"alternate\",\"h\":\"https://example.org/a.html\"}],\"n\":[\"own page\",2]}";
  fm_entry seen = nothing();
  fm_link link = {.rel = FM_STR("alternate"), .href = FM_STR("https://example.org/a.html")};
  fm_observation observation;
  seen.id = FM_STR("https://example.org/a");
  seen.title = FM_STR("Title of a");
  seen.summary = FM_STR("About a.");
  seen.links = &link;
  seen.nlinks = 1;
  observe_old_record(fetched, &seen, &observation);
  assert_str(observation.record.entry.content, "<p>All.</p>");
  assert_false(fm_entry_page_wanted(&observation.record.entry));
  assert_int_equal(observation.record.entry.nnumbers, 0);
  assert_true(observation.packed.len > 0); /* written in its new form */
  assert_false(observation.changed);
  assert_int_equal(observation.changed_at, KIT_T0);
  assert_int_equal(observation.record.entry.updated, KIT_T0);
  observe_old_record(failed, &seen, &observation);
  assert_int_equal(fm_entry_page_tries(&observation.record.entry), 2);
  assert_false(observation.changed);
  seen.title = FM_STR("Another title");
  observe_old_record(fetched, &seen, &observation);
  assert_true(observation.changed);
}

/* An entry that has as many numbers as are kept still remembers. */
static void numbers_do_not_crowd_it_out(void **state)
{
  (void)state;
  fm_number many[40];
  fm_entry entry = kit_entry(&arena, FM_STR("a")), said = said_of_a();
  for (int i = 0; i < 40; i++)
    many[i] = (fm_number){fm_arena_printf(&arena, "n%d", i), 1};
  entry.numbers = many;
  entry.nnumbers = 40;
  fm_record old, mid, got;
  fm_record_merge(NULL, &entry, KIT_T0, &arena, &old);
  fm_record_merge(&old, &entry, KIT_T0, &arena, &mid);
  fm_entry detailed = entry;
  fm_entry_page_add(&said, &arena, &detailed);
  fm_record_merge(&mid, &detailed, KIT_T0, &arena, &got);
  assert_false(fm_entry_page_wanted(&got.entry));
  for (int i = 0; i < 3; i++) {
    mid = got;
    many[0].name = fm_arena_printf(&arena, "other%d", i);
    fm_record_merge(&mid, &entry, KIT_T0, &arena, &got);
    assert_false(fm_entry_page_wanted(&got.entry));
    assert_str(got.entry.content, "<p>All of a.</p>");
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, end)
    TEST(what_the_own_page_said_stays),
    TEST(what_comes_late_dates_nothing),
    TEST(any_page_of_the_source_knows),
    TEST(tries_are_counted_and_seen_by_nobody),
    TEST(a_copy_that_is_held_carries_it),
    TEST(a_page_replaces_what_it_says),
    TEST(two_that_had_it_are_one),
    TEST(records_of_earlier_versions_stay),
    TEST(numbers_do_not_crowd_it_out),
  };
  return kit_run("details", tests, LEN(tests));
}
