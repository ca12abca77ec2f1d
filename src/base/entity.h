/* Character references of HTML, as feeds and pages use them. */
#ifndef FM_BASE_ENTITY_H
#define FM_BASE_ENTITY_H

#include <feedmill/feed.h>

enum fm_ref_place {
  FM_REF_TEXT,      /* HTML's text: old names count without their ';' */
  FM_REF_ATTRIBUTE, /* there they do not where more of a word or a '=' follows */
  FM_REF_XML        /* only with ';' */
};

/* Reads the reference at '&' (`at` < `end`): the names of HTML 4, Latin Extended-A
 * and common signs; decimal and hexadecimal numbers, 0x80 to 0x9f taken as
 * windows-1252, what is no character as U+FFFD. Returns its bytes, 0 if it is
 * none that is known. */
size_t fm_entity_read(const char *at, const char *end, enum fm_ref_place place, uint32_t *c);

#endif
