/* Character references of HTML: a sorted table of names, and numeric references. */
#include "base/entity.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_LONGEST = 24, OLD_LONGEST = 6, OLD_SHORTEST = 2 };

/* Sorted by bytes. OLD: known without the ';' too. */
#define NAMES(NAME, OLD) \
  OLD(AElig, 0xc6) OLD(AMP, 0x26) OLD(Aacute, 0xc1) NAME(Abreve, 0x102) \
  OLD(Acirc, 0xc2) OLD(Agrave, 0xc0) NAME(Alpha, 0x391) NAME(Amacr, 0x100) \
  NAME(Aogon, 0x104) OLD(Aring, 0xc5) OLD(Atilde, 0xc3) OLD(Auml, 0xc4) NAME(Beta, 0x392) \
  OLD(COPY, 0xa9) NAME(Cacute, 0x106) NAME(Ccaron, 0x10c) OLD(Ccedil, 0xc7) \
  NAME(Ccirc, 0x108) NAME(Cdot, 0x10a) NAME(Chi, 0x3a7) NAME(CloseCurlyDoubleQuote, 0x201d) \
  NAME(CloseCurlyQuote, 0x2019) NAME(Dagger, 0x2021) NAME(Dcaron, 0x10e) NAME(Delta, 0x394) \
  NAME(Dot, 0xa8) NAME(Dstrok, 0x110) NAME(ENG, 0x14a) OLD(ETH, 0xd0) OLD(Eacute, 0xc9) \
  NAME(Ecaron, 0x11a) OLD(Ecirc, 0xca) NAME(Edot, 0x116) OLD(Egrave, 0xc8) \
  NAME(Emacr, 0x112) NAME(Eogon, 0x118) NAME(Epsilon, 0x395) NAME(Eta, 0x397) OLD(Euml, 0xcb) \
  OLD(GT, 0x3e) NAME(Gamma, 0x393) NAME(Gbreve, 0x11e) NAME(Gcedil, 0x122) NAME(Gcirc, 0x11c) \
  NAME(Gdot, 0x120) NAME(Hat, 0x5e) NAME(Hcirc, 0x124) NAME(Hstrok, 0x126) NAME(IJlig, 0x132) \
  OLD(Iacute, 0xcd) OLD(Icirc, 0xce) NAME(Idot, 0x130) OLD(Igrave, 0xcc) \
  NAME(Imacr, 0x12a) NAME(Iogon, 0x12e) NAME(Iota, 0x399) NAME(Itilde, 0x128) OLD(Iuml, 0xcf) \
  NAME(Jcirc, 0x134) NAME(Kappa, 0x39a) NAME(Kcedil, 0x136) OLD(LT, 0x3c) NAME(Lacute, 0x139) \
  NAME(Lambda, 0x39b) NAME(Lcaron, 0x13d) NAME(Lcedil, 0x13b) NAME(Lmidot, 0x13f) \
  NAME(Lstrok, 0x141) NAME(Mu, 0x39c) NAME(Nacute, 0x143) NAME(Ncaron, 0x147) NAME(Ncedil, 0x145) \
  NAME(NewLine, 0xa) NAME(NonBreakingSpace, 0xa0) OLD(Ntilde, 0xd1) NAME(Nu, 0x39d) \
  NAME(OElig, 0x152) OLD(Oacute, 0xd3) OLD(Ocirc, 0xd4) NAME(Odblac, 0x150) \
  OLD(Ograve, 0xd2) NAME(Omacr, 0x14c) NAME(Omega, 0x3a9) NAME(Omicron, 0x39f) \
  NAME(OpenCurlyDoubleQuote, 0x201c) NAME(OpenCurlyQuote, 0x2018) OLD(Oslash, 0xd8) \
  OLD(Otilde, 0xd5) OLD(Ouml, 0xd6) NAME(Phi, 0x3a6) NAME(Pi, 0x3a0) NAME(Prime, 0x2033) \
  NAME(Psi, 0x3a8) OLD(QUOT, 0x22) OLD(REG, 0xae) NAME(Racute, 0x154) NAME(Rcaron, 0x158) \
  NAME(Rcedil, 0x156) NAME(Rho, 0x3a1) NAME(Sacute, 0x15a) NAME(Scaron, 0x160) NAME(Scedil, 0x15e) \
  NAME(Scirc, 0x15c) NAME(Sigma, 0x3a3) OLD(THORN, 0xde) NAME(Tab, 0x9) NAME(Tau, 0x3a4) \
  NAME(Tcaron, 0x164) NAME(Tcedil, 0x162) NAME(Theta, 0x398) NAME(Tstrok, 0x166) \
  OLD(Uacute, 0xda) NAME(Ubreve, 0x16c) OLD(Ucirc, 0xdb) NAME(Udblac, 0x170) \
  OLD(Ugrave, 0xd9) NAME(Umacr, 0x16a) NAME(Uogon, 0x172) NAME(Upsilon, 0x3a5) \
  NAME(Uring, 0x16e) NAME(Utilde, 0x168) OLD(Uuml, 0xdc) NAME(Vert, 0x2016) NAME(Wcirc, 0x174) \
  NAME(Xi, 0x39e) OLD(Yacute, 0xdd) NAME(Ycirc, 0x176) NAME(Yuml, 0x178) NAME(Zacute, 0x179) \
  NAME(Zcaron, 0x17d) NAME(Zdot, 0x17b) NAME(Zeta, 0x396) OLD(aacute, 0xe1) NAME(abreve, 0x103) \
  OLD(acirc, 0xe2) OLD(acute, 0xb4) OLD(aelig, 0xe6) OLD(agrave, 0xe0) \
  NAME(alefsym, 0x2135) NAME(alpha, 0x3b1) NAME(amacr, 0x101) OLD(amp, 0x26) NAME(and, 0x2227) \
  NAME(ang, 0x2220) NAME(aogon, 0x105) NAME(apos, 0x27) OLD(aring, 0xe5) NAME(ast, 0x2a) \
  NAME(asymp, 0x2248) OLD(atilde, 0xe3) OLD(auml, 0xe4) NAME(bdquo, 0x201e) \
  NAME(beta, 0x3b2) NAME(blank, 0x2423) NAME(block, 0x2588) OLD(brvbar, 0xa6) NAME(bsol, 0x5c) \
  NAME(bull, 0x2022) NAME(cacute, 0x107) NAME(cap, 0x2229) NAME(ccaron, 0x10d) \
  OLD(ccedil, 0xe7) NAME(ccirc, 0x109) NAME(cdot, 0x10b) OLD(cedil, 0xb8) OLD(cent, 0xa2) \
  NAME(check, 0x2713) NAME(checkmark, 0x2713) NAME(chi, 0x3c7) NAME(circ, 0x2c6) \
  NAME(clubs, 0x2663) NAME(colon, 0x3a) NAME(comma, 0x2c) NAME(commat, 0x40) NAME(cong, 0x2245) \
  OLD(copy, 0xa9) NAME(copysr, 0x2117) NAME(crarr, 0x21b5) NAME(cross, 0x2717) \
  NAME(cup, 0x222a) OLD(curren, 0xa4) NAME(dArr, 0x21d3) NAME(dagger, 0x2020) \
  NAME(darr, 0x2193) NAME(dash, 0x2010) NAME(dcaron, 0x10f) OLD(deg, 0xb0) NAME(delta, 0x3b4) \
  NAME(diams, 0x2666) NAME(die, 0xa8) OLD(divide, 0xf7) NAME(dollar, 0x24) NAME(dstrok, 0x111) \
  OLD(eacute, 0xe9) NAME(ecaron, 0x11b) OLD(ecirc, 0xea) NAME(edot, 0x117) \
  OLD(egrave, 0xe8) NAME(ell, 0x2113) NAME(emacr, 0x113) NAME(empty, 0x2205) NAME(emsp, 0x2003) \
  NAME(emsp13, 0x2004) NAME(emsp14, 0x2005) NAME(eng, 0x14b) NAME(ensp, 0x2002) NAME(eogon, 0x119) \
  NAME(epsilon, 0x3b5) NAME(equals, 0x3d) NAME(equiv, 0x2261) NAME(eta, 0x3b7) OLD(eth, 0xf0) \
  OLD(euml, 0xeb) NAME(euro, 0x20ac) NAME(excl, 0x21) NAME(exist, 0x2203) NAME(female, 0x2640) \
  NAME(ffilig, 0xfb03) NAME(fflig, 0xfb00) NAME(ffllig, 0xfb04) NAME(filig, 0xfb01) \
  NAME(flat, 0x266d) NAME(fllig, 0xfb02) NAME(fnof, 0x192) NAME(forall, 0x2200) \
  OLD(frac12, 0xbd) NAME(frac13, 0x2153) OLD(frac14, 0xbc) NAME(frac15, 0x2155) \
  NAME(frac18, 0x215b) NAME(frac23, 0x2154) OLD(frac34, 0xbe) NAME(frac38, 0x215c) \
  NAME(frac58, 0x215d) NAME(frac78, 0x215e) NAME(frasl, 0x2044) NAME(gamma, 0x3b3) \
  NAME(gbreve, 0x11f) NAME(gcirc, 0x11d) NAME(gdot, 0x121) NAME(ge, 0x2265) NAME(grave, 0x60) \
  OLD(gt, 0x3e) NAME(hArr, 0x21d4) NAME(hairsp, 0x200a) NAME(half, 0xbd) NAME(harr, 0x2194) \
  NAME(hcirc, 0x125) NAME(hearts, 0x2665) NAME(hellip, 0x2026) NAME(horbar, 0x2015) \
  NAME(hstrok, 0x127) NAME(hyphen, 0x2010) OLD(iacute, 0xed) OLD(icirc, 0xee) \
  OLD(iexcl, 0xa1) OLD(igrave, 0xec) NAME(ijlig, 0x133) NAME(imacr, 0x12b) \
  NAME(image, 0x2111) NAME(imath, 0x131) NAME(infin, 0x221e) NAME(inodot, 0x131) NAME(int, 0x222b) \
  NAME(iogon, 0x12f) NAME(iota, 0x3b9) OLD(iquest, 0xbf) NAME(isin, 0x2208) NAME(itilde, 0x129) \
  OLD(iuml, 0xef) NAME(jcirc, 0x135) NAME(kappa, 0x3ba) NAME(kcedil, 0x137) NAME(kgreen, 0x138) \
  NAME(lArr, 0x21d0) NAME(lacute, 0x13a) NAME(lambda, 0x3bb) NAME(lang, 0x2329) \
  OLD(laquo, 0xab) NAME(larr, 0x2190) NAME(lbrace, 0x7b) NAME(lbrack, 0x5b) NAME(lcaron, 0x13e) \
  NAME(lcedil, 0x13c) NAME(lceil, 0x2308) NAME(lcub, 0x7b) NAME(ldquo, 0x201c) \
  NAME(ldquor, 0x201e) NAME(le, 0x2264) NAME(lfloor, 0x230a) NAME(lmidot, 0x140) \
  NAME(lowast, 0x2217) NAME(lowbar, 0x5f) NAME(loz, 0x25ca) NAME(lpar, 0x28) NAME(lrm, 0x200e) \
  NAME(lsaquo, 0x2039) NAME(lsqb, 0x5b) NAME(lsquo, 0x2018) NAME(lsquor, 0x201a) \
  NAME(lstrok, 0x142) OLD(lt, 0x3c) OLD(macr, 0xaf) NAME(male, 0x2642) NAME(mdash, 0x2014) \
  OLD(micro, 0xb5) NAME(midast, 0x2a) OLD(middot, 0xb7) NAME(minus, 0x2212) \
  NAME(mldr, 0x2026) NAME(mu, 0x3bc) NAME(nabla, 0x2207) NAME(nacute, 0x144) NAME(napos, 0x149) \
  NAME(natural, 0x266e) OLD(nbsp, 0xa0) NAME(ncaron, 0x148) NAME(ncedil, 0x146) \
  NAME(ndash, 0x2013) NAME(ne, 0x2260) NAME(ni, 0x220b) NAME(nldr, 0x2025) OLD(not, 0xac) \
  NAME(notin, 0x2209) NAME(nsub, 0x2284) OLD(ntilde, 0xf1) NAME(nu, 0x3bd) NAME(num, 0x23) \
  NAME(numsp, 0x2007) OLD(oacute, 0xf3) OLD(ocirc, 0xf4) NAME(odblac, 0x151) \
  NAME(oelig, 0x153) OLD(ograve, 0xf2) NAME(oline, 0x203e) NAME(omacr, 0x14d) \
  NAME(omega, 0x3c9) NAME(omicron, 0x3bf) NAME(oplus, 0x2295) NAME(or, 0x2228) OLD(ordf, 0xaa) \
  OLD(ordm, 0xba) OLD(oslash, 0xf8) OLD(otilde, 0xf5) NAME(otimes, 0x2297) \
  OLD(ouml, 0xf6) OLD(para, 0xb6) NAME(part, 0x2202) NAME(percnt, 0x25) NAME(period, 0x2e) \
  NAME(permil, 0x2030) NAME(perp, 0x22a5) NAME(phi, 0x3c6) NAME(phone, 0x260e) NAME(pi, 0x3c0) \
  NAME(piv, 0x3d6) NAME(plus, 0x2b) OLD(plusmn, 0xb1) OLD(pound, 0xa3) NAME(prime, 0x2032) \
  NAME(prod, 0x220f) NAME(prop, 0x221d) NAME(psi, 0x3c8) NAME(puncsp, 0x2008) NAME(quest, 0x3f) \
  OLD(quot, 0x22) NAME(rArr, 0x21d2) NAME(racute, 0x155) NAME(radic, 0x221a) NAME(rang, 0x232a) \
  OLD(raquo, 0xbb) NAME(rarr, 0x2192) NAME(rbrace, 0x7d) NAME(rbrack, 0x5d) NAME(rcaron, 0x159) \
  NAME(rcedil, 0x157) NAME(rceil, 0x2309) NAME(rcub, 0x7d) NAME(rdquo, 0x201d) \
  NAME(rdquor, 0x201d) NAME(real, 0x211c) OLD(reg, 0xae) NAME(rfloor, 0x230b) NAME(rho, 0x3c1) \
  NAME(rlm, 0x200f) NAME(rpar, 0x29) NAME(rsaquo, 0x203a) NAME(rsqb, 0x5d) NAME(rsquo, 0x2019) \
  NAME(rsquor, 0x2019) NAME(sacute, 0x15b) NAME(sbquo, 0x201a) NAME(scaron, 0x161) \
  NAME(scedil, 0x15f) NAME(scirc, 0x15d) NAME(sdot, 0x22c5) OLD(sect, 0xa7) NAME(semi, 0x3b) \
  NAME(sharp, 0x266f) OLD(shy, 0xad) NAME(sigma, 0x3c3) NAME(sigmaf, 0x3c2) NAME(sim, 0x223c) \
  NAME(sol, 0x2f) NAME(spades, 0x2660) NAME(squ, 0x25a1) NAME(star, 0x2606) NAME(starf, 0x2605) \
  NAME(sub, 0x2282) NAME(sube, 0x2286) NAME(sum, 0x2211) NAME(sung, 0x266a) NAME(sup, 0x2283) \
  OLD(sup1, 0xb9) OLD(sup2, 0xb2) OLD(sup3, 0xb3) NAME(supe, 0x2287) OLD(szlig, 0xdf) \
  NAME(tau, 0x3c4) NAME(tcaron, 0x165) NAME(tcedil, 0x163) NAME(there4, 0x2234) NAME(theta, 0x3b8) \
  NAME(thetasym, 0x3d1) NAME(thinsp, 0x2009) OLD(thorn, 0xfe) NAME(tilde, 0x2dc) \
  OLD(times, 0xd7) NAME(trade, 0x2122) NAME(tstrok, 0x167) NAME(uArr, 0x21d1) \
  OLD(uacute, 0xfa) NAME(uarr, 0x2191) NAME(ubreve, 0x16d) OLD(ucirc, 0xfb) \
  NAME(udblac, 0x171) OLD(ugrave, 0xf9) NAME(umacr, 0x16b) OLD(uml, 0xa8) NAME(uogon, 0x173) \
  NAME(upsih, 0x3d2) NAME(upsilon, 0x3c5) NAME(uring, 0x16f) NAME(utilde, 0x169) \
  OLD(uuml, 0xfc) NAME(verbar, 0x7c) NAME(vert, 0x7c) NAME(wcirc, 0x175) NAME(weierp, 0x2118) \
  NAME(xi, 0x3be) OLD(yacute, 0xfd) NAME(ycirc, 0x177) OLD(yen, 0xa5) OLD(yuml, 0xff) \
  NAME(zacute, 0x17a) NAME(zcaron, 0x17e) NAME(zdot, 0x17c) NAME(zeta, 0x3b6) NAME(zwj, 0x200d) \
  NAME(zwnj, 0x200c)

typedef struct entity {
  const char *name;
  uint16_t c, old;
} entity;

#define ROW_NAME(name, c) {#name, c, 0},
#define ROW_OLD(name, c) {#name, c, 1},
static const entity entities[] = {NAMES(ROW_NAME, ROW_OLD)};

static const entity *find(const char *name, size_t len)
{
  size_t low = 0, high = sizeof entities / sizeof *entities;
  while (low < high) {
    size_t mid = (low + high) / 2;
    int order = *name - *entities[mid].name;
    if (order == 0)
      order = strncmp(name, entities[mid].name, len);
    if (order == 0 && entities[mid].name[len] == 0)
      return &entities[mid];
    if (order > 0)
      low = mid + 1;
    else
      high = mid;
  }
  return NULL;
}

/* WHATWG, "Numeric character reference end state": what windows-1252 has where
 * Unicode has controls. */
static const uint16_t c1[32] = {
  0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
  0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
  0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

static unsigned digit_of(char c, bool hex)
{
  if (c >= '0' && c <= '9')
    return (unsigned)(c - '0');
  c |= 0x20;
  return hex && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

static size_t read_number(const char *at, const char *end, uint32_t *c)
{
  const char *p = at + 2;
  bool hex = p < end && (*p | 0x20) == 'x';
  unsigned base = hex ? 16 : 10, digit;
  const char *digits = p += hex;
  uint32_t n = 0;
  for (; p < end && (digit = digit_of(*p, hex)) < base; p++)
    n = n > 0x10ffff ? n : n * base + digit;
  if (p == digits)
    return 0;
  if (n == 0 || n > 0x10ffff || (n >= 0xd800 && n < 0xe000))
    n = 0xfffd;
  *c = n >= 0x80 && n < 0xa0 ? c1[n - 0x80] : n;
  return (size_t)(p - at) + (p < end && *p == ';');
}

static bool in_name(char c)
{
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The longest old name that `name` starts with. */
static size_t read_old(const char *name, size_t len, const char *end, enum fm_ref_place place,
                       uint32_t *c)
{
  for (size_t n = len < OLD_LONGEST ? len : OLD_LONGEST; n >= OLD_SHORTEST; n--) {
    const entity *found = find(name, n);
    if (!found || !found->old)
      continue;
    const char *after = name + n;
    if (place == FM_REF_ATTRIBUTE && after < end && (in_name(*after) || *after == '='))
      return 0;
    *c = found->c;
    return 1 + n;
  }
  return 0;
}

size_t fm_entity_read(const char *at, const char *end, enum fm_ref_place place, uint32_t *c)
{
  const char *name = at + 1;
  if (name < end && *name == '#')
    return read_number(at, end, c);
  size_t len = 0, left = (size_t)(end - name);
  while (len < left && len < NAME_LONGEST && in_name(name[len]))
    len++;
  const entity *found = len && len < left && name[len] == ';' ? find(name, len) : NULL;
  if (found) {
    *c = found->c;
    return len + 2;
  }
  return place == FM_REF_XML ? 0 : read_old(name, len, end, place, c);
}
