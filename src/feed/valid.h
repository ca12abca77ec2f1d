/* Validity of values in a written feed, shared by all writers, and fallbacks for required
 * values that are missing. A source may yield anything; every document written is valid. */
#ifndef FM_FEED_VALID_H
#define FM_FEED_VALID_H

#include <feedmill/feed.h>
#include <stdbool.h>

/* A character other than white space, controls and what XML forbids. */
bool fm_valid_text(fm_str text);
/* An absolute IRI (RFC 3987), of any scheme: fit to name something. */
bool fm_valid_iri(fm_str text);
/* An IRI that a reader may follow: http or https with a host, or another scheme, except
 * those that run code or open the reader's own files. */
bool fm_valid_href(fm_str text);
/* RFC 4287 section 3.2.3: one @ with something on both sides, no white space. */
bool fm_valid_email(fm_str text);
/* type/subtype with optional parameters (RFC 9110 section 8.3.1), no controls. */
bool fm_valid_media_type(fm_str text);
/* The syntax of RFC 5646 section 2.1, roughly: parts of 1 to 8 letters and digits. */
bool fm_valid_language(fm_str text);

/* The id; without one the first alternate link; else empty, and the entry
 * cannot be written at all. */
fm_str fm_valid_entry_id(const fm_entry *entry);
/* The first valid rel=alternate link; empty: none. */
fm_str fm_valid_alternate(const fm_entry *entry);
/* The relation to write for the i-th link: its rel, or "related" if that is invalid or the
 * entry already has an alternate of the same type (RFC 4287 section 4.1.2 allows one).
 * Empty: the link must not be written. */
fm_str fm_valid_rel(const fm_entry *entry, size_t i);

/* The feed's id, title and author's name, or what comes closest. */
fm_str fm_valid_feed_id(const fm_feed *feed);
fm_str fm_valid_feed_title(const fm_feed *feed);
fm_person fm_valid_author(const fm_feed *feed);

/* `updated` of an entry: else published, else `fallback`. */
int64_t fm_valid_updated(const fm_entry *entry, int64_t fallback);
/* A time in the years 1 to 9999, which is what dates in feeds can say. */
int64_t fm_valid_time(int64_t time);

#endif
