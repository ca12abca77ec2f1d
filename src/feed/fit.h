/* What the writers share: which members of a feed are fit to be written, and
 * what stands in for a required one that is missing. A source may hand over
 * anything; a document that leaves the house is valid all the same. */
#ifndef FM_FEED_FIT_H
#define FM_FEED_FIT_H

#include <feedmill/feed.h>
#include <stdbool.h>

/* A character other than white space, controls and what XML forbids. */
bool fm_fit_text(fm_str text);
/* An absolute IRI (RFC 3987), of any scheme: fit to name something. */
bool fm_fit_iri(fm_str text);
/* One to be followed: http and https with a host, other schemes but those that run
 * code or open the reader's own files. */
bool fm_fit_href(fm_str text);
/* RFC 4287 section 3.2.3: one @ with something on both sides, no white space. */
bool fm_fit_email(fm_str text);
/* type/subtype with optional parameters (RFC 9110 section 8.3.1), no controls. */
bool fm_fit_media_type(fm_str text);
/* The syntax of RFC 5646 section 2.1, roughly: parts of 1 to 8 letters and digits. */
bool fm_fit_language(fm_str text);

/* The id; without one the first alternate link; else empty, and the entry
 * cannot be written at all. */
fm_str fm_fit_entry_id(const fm_entry *entry);
/* The first link rel=alternate that is fit; empty: none. */
fm_str fm_fit_alternate(const fm_entry *entry);
/* What the i-th link is to an entry: its rel, "related" where that is not fit or
 * the entry already has an alternate of the same type (RFC 4287 section 4.1.2
 * allows one). Empty: the link is not to be written. */
fm_str fm_fit_rel(const fm_entry *entry, size_t i);

/* The feed's id, title and author's name, or what comes closest. */
fm_str fm_fit_feed_id(const fm_feed *feed);
fm_str fm_fit_feed_title(const fm_feed *feed);
fm_person fm_fit_author(const fm_feed *feed);

/* `updated` of an entry: else published, else `fallback`. */
int64_t fm_fit_updated(const fm_entry *entry, int64_t fallback);
/* A time in the years 1 to 9999, which is what dates in feeds can say. */
int64_t fm_fit_time(int64_t time);

#endif
