/* The tables that describe the model's structs. A key, once used, keeps its meaning for ever,
 * since stores hold it. */
#include "feed/shape.h"

#define TEXT(key, type, member) {key, FM_FIELD_TEXT, offsetof(type, member), 0, NULL}
#define COUNT(key, type, member) {key, FM_FIELD_COUNT, offsetof(type, member), 0, NULL}
#define TIME(key, type, member) {key, FM_FIELD_TIME, offsetof(type, member), 0, NULL}
#define LIST(key, type, member, shape) \
  {key, FM_FIELD_LIST, offsetof(type, member), offsetof(type, n##member), &fm_shape_##shape}

static const fm_field person_fields[] = {
  TEXT('n', fm_person, name), TEXT('u', fm_person, uri), TEXT('e', fm_person, email), {0}};
const fm_shape fm_shape_person = {sizeof(fm_person), 1, person_fields};

static const fm_field link_fields[] = {
  TEXT('r', fm_link, rel),      TEXT('h', fm_link, href),   TEXT('t', fm_link, type),
  TEXT('n', fm_link, title),    TEXT('l', fm_link, language), COUNT('b', fm_link, length),
  COUNT('d', fm_link, duration), {0}};
const fm_shape fm_shape_link = {sizeof(fm_link), 2, link_fields};

static const fm_field category_fields[] = {
  TEXT('t', fm_category, term), TEXT('s', fm_category, scheme), TEXT('l', fm_category, label),
  TEXT('h', fm_category, handle), {0}};
const fm_shape fm_shape_category = {sizeof(fm_category), 1, category_fields};

static const fm_field number_fields[] = {
  TEXT('n', fm_number, name), {'v', FM_FIELD_REAL, offsetof(fm_number, value), 0, NULL}, {0}};
const fm_shape fm_shape_number = {sizeof(fm_number), 1, number_fields};

static const fm_field image_fields[] = {
  TEXT('h', fm_image, href), TEXT('a', fm_image, alt), TEXT('t', fm_image, type),
  COUNT('x', fm_image, width), COUNT('y', fm_image, height), {0}};
const fm_shape fm_shape_image = {sizeof(fm_image), 1, image_fields};

static const fm_field extension_fields[] = {
  TEXT('p', fm_extension, prefix), TEXT('u', fm_extension, uri), TEXT('x', fm_extension, xml),
  {0}};
const fm_shape fm_shape_extension = {sizeof(fm_extension), 3, extension_fields};

static const fm_field source_fields[] = {
  TEXT('i', fm_entry_source, id), TEXT('t', fm_entry_source, title), TEXT('l', fm_entry_source, link),
  TEXT('h', fm_entry_source, href), COUNT('u', fm_entry_source, updated), {0}};
const fm_shape fm_shape_source = {sizeof(fm_entry_source), 0, source_fields};

static const fm_field entry_fields[] = {
  TEXT('i', fm_entry, id), TEXT('t', fm_entry, title), TEXT('s', fm_entry, summary),
  TEXT('c', fm_entry, content), TEXT('r', fm_entry, rights), TIME('p', fm_entry, published),
  TIME('u', fm_entry, updated), LIST('a', fm_entry, authors, person),
  LIST('l', fm_entry, links, link), LIST('g', fm_entry, categories, category),
  LIST('n', fm_entry, numbers, number), LIST('o', fm_entry, contributors, person),
  LIST('m', fm_entry, images, image), LIST('x', fm_entry, extensions, extension),
  TEXT('v', fm_entry, language),
  {'y', FM_FIELD_STRUCT, offsetof(fm_entry, origin), 0, &fm_shape_source},
  COUNT('q', fm_entry, published_grade), COUNT('f', fm_entry, page_fields),
  COUNT('e', fm_entry, page_failures), {0}};
const fm_shape fm_shape_entry = {sizeof(fm_entry), 0, entry_fields};

static const fm_field feed_fields[] = {
  TEXT('i', fm_feed, id), TEXT('t', fm_feed, title), TEXT('b', fm_feed, subtitle),
  TEXT('l', fm_feed, link), TEXT('o', fm_feed, icon), TEXT('g', fm_feed, logo),
  TEXT('x', fm_feed, language),
  {'a', FM_FIELD_FEW, offsetof(fm_feed, authors), offsetof(fm_feed, nauthors), &fm_shape_person},
  TIME('d', fm_feed, day), {'k', FM_FIELD_ORDER, offsetof(fm_feed, order), 0, NULL},
  TEXT('s', fm_feed, state), TEXT('r', fm_feed, rights), LIST('w', fm_feed, links, link),
  LIST('c', fm_feed, categories, category), LIST('f', fm_feed, extensions, extension), {0}};
const fm_shape fm_shape_feed = {sizeof(fm_feed), 0, feed_fields};
