/* Dates as pages of many languages write them, and what decides a date with two meanings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/str.h"
#include "base/when.h"

#define NOW INT64_C(1796119200) /* Tuesday, 2026-12-01T10:00:00Z */

typedef struct row {
  const char *text, *language, *iso; /* the date alone stands for its midnight; "-": no date */
} row;

static bool matches(const char *iso, int64_t time)
{
  char got[FM_DATE_ISO_LEN + 1];
  fm_date_iso(time, got);
  return strlen(iso) == 10 ? memcmp(got, iso, 10) == 0 && strcmp(got + 10, "T00:00:00Z") == 0
                           : strcmp(got, iso) == 0;
}

/* Returns the number of wrong rows, after naming each. */
static int check(const row *rows, size_t count, fm_when when)
{
  int wrong = 0;
  for (size_t i = 0; i < count; i++) {
    const row *r = &rows[i];
    int64_t time = 0;
    when.language = fm_str_of(r->language);
    bool date = fm_when_parse(fm_str_of(r->text), &when, &time);
    if (date ? strcmp(r->iso, "-") != 0 && matches(r->iso, time) : strcmp(r->iso, "-") == 0)
      continue;
    char got[FM_DATE_ISO_LEN + 1] = "-";
    if (date)
      fm_date_iso(time, got);
    print_error("\"%s\" (%s): %s, not %s\n", r->text, r->language ? r->language : "?", got, r->iso);
    wrong++;
  }
  return wrong;
}

#define CHECK(rows, ...) \
  assert_int_equal(check(rows, sizeof rows / sizeof *rows, (fm_when){.now = NOW, __VA_ARGS__}), 0)

static const row named[] = {
  {"4 augustus 2026", "nl", "2026-08-04"},
  {"di 4 aug 2026", "nl", "2026-08-04"},
  {"dinsdag 4 augustus 2026 om 10:15 uur", "nl", "2026-08-04T10:15:00Z"},
  {"4 mei 2026", NULL, "2026-05-04"},
  {"den 4 augusti 2026 kl. 10.15", "sv", "2026-08-04T10:15:00Z"},
  {"tisdag 4 augusti 2026", NULL, "2026-08-04"},
  {"martedì 4 agosto 2026", "it", "2026-08-04"},
  {"mar 04 ago 2026", "it", "2026-08-04"},
  {"Mar 4 2026", "it", "2026-03-04"},
  {"4 gennaio 2026 alle 10:15", NULL, "2026-01-04T10:15:00Z"},
  {"4 de agosto de 2026", "es", "2026-08-04"},
  {"martes, 4 de agosto de 2026, 10:15 p. m.", "es", "2026-08-04T22:15:00Z"},
  {"10 marzo 2016", NULL, "2016-03-10"},
  {"4 de agosto del 2026 a las 10:15", "es", "2026-08-04T10:15:00Z"},
  {"mardi 4 août 2026", "fr", "2026-08-04"},
  {"mar. 4 août 2026 à 10:15", "fr", "2026-08-04T10:15:00Z"},
  {"mar., 04 août 2026 09:00:00 +0200", "fr", "2026-08-04T07:00:00Z"},
  {"1er août 2026", "fr", "2026-08-01"},
  {"4 août 2026 - 10h15", "fr", "2026-08-04T10:15:00Z"},
  {"LE 4 AOUT 2026", "fr", "2026-08-04"},
  {"Mer 27 Nov 2026 13:19", NULL, "2026-11-27T13:19:00Z"},
  {"04. März 2026", "de", "2026-03-04"},
  {"Di, 04 Aug 2026 09:00:00 +0200", "de", "2026-08-04T07:00:00Z"},
  {"Dienstag, den 4. August 2026 um 10:15 Uhr", "de", "2026-08-04T10:15:00Z"},
  {"04. Jänner 2026", "de", "2026-01-04"},
  {"4. Mrz. 2026", "de", "2026-03-04"},
  {"lun, 03 ago 2026 09:00:00 +0200", "es", "2026-08-03T07:00:00Z"},
  {"terça-feira, 4 de agosto de 2026", "pt-BR", "2026-08-04"},
  {"4 de março de 2026 às 10h15", "pt", "2026-03-04T10:15:00Z"},
  {"4 sierpnia 2026", "pl", "2026-08-04"},
  {"wtorek, 4 sierpnia 2026 r.", NULL, "2026-08-04"},
  {"4. srpna 2026", "cs", "2026-08-04"},
  {"út 4. 8. 2026", "cs", "2026-08-04"},
  {"4 Αυγούστου 2026", "el", "2026-08-04"},
  {"Τρίτη, 4 Αυγ 2026", NULL, "2026-08-04"},
  {"4 августа 2026 г., 10:15", "ru", "2026-08-04T10:15:00Z"},
  {"4 АВГ 2026", NULL, "2026-08-04"},
  {"вторник, 4 августа 2026 года", "ru", "2026-08-04"},
  {"4 серпня 2026 року", "uk", "2026-08-04"},
  {"4 أغسطس 2026", "ar", "2026-08-04"},
  {"الثلاثاء، ٤ أغسطس ٢٠٢٦", "ar", "2026-08-04"},
  {"4 آب 2026", "ar", "2026-08-04"},
  {"4 สิงหาคม 2569", "th", "2026-08-04"},
  {"4 ส.ค. 2569", NULL, "2026-08-04"},
  {"๔ สิงหาคม ๒๕๖๙", "th", "2026-08-04"},
  {"4 Ağustos 2026 Salı", "tr", "2026-08-04"},
  {"4. elokuuta 2026 klo 10.15", "fi", "2026-08-04T10:15:00Z"},
  {"ti 4. elokuuta 2026", "fi", "2026-08-04"},
  {"2026. augusztus 4., kedd", "hu", "2026-08-04"},
  {"2026. 08. 04.", "hu", "2026-08-04"},
  {"4 Agustus 2026", "id", "2026-08-04"},
  {"Selasa, 4 Agustus 2026 10:15 WIB", "id", "2026-08-04T03:15:00Z"},
  {"Thứ Ba, 4 tháng 8, 2026", "vi", "2026-08-04"},
  {"ngày 4 tháng 8 năm 2026", NULL, "2026-08-04"},
  {"4 באוגוסט 2026", "he", "2026-08-04"},
  {"4 अगस्त 2026", "hi", "2026-08-04"},
  {"4 august 2026", "ro", "2026-08-04"},
  {"4. august 2026 kl. 10.15", "da", "2026-08-04T10:15:00Z"},
  {"tirsdag 4. august 2026", "nb-NO", "2026-08-04"},
  {"4 август 2026 г.", "bg", "2026-08-04"},
  {"4. kolovoza 2026.", "hr", "2026-08-04"},
  {"4. avgust 2026", "sl", "2026-08-04"},
  {"2026 m. rugpjūčio 4 d.", "lt", "2026-08-04"},
  {"2026. gada 4. augusts", "lv", "2026-08-04"},
  {"4. august 2026", "et", "2026-08-04"},
  {"4 d’agost de 2026", "ca", "2026-08-04"},
  {"۴ اوت ۲۰۲۶", "fa", "2026-08-04"},
  {"4 listopada 2026", "pl", "2026-11-04"},
  {"4 listopada 2026", "hr", "2026-10-04"},
  {"4 listopada 2026", NULL, "-"},
  {"środa, 4 listopada 2026", NULL, "2026-11-04"},
  {"4 juin 2026", "en", "2026-06-04"}, /* the page's lang is wrong */
};

static const row asian[] = {
  {"2026年8月4日 10:15", "ja", "2026-08-04T10:15:00Z"},
  {"2026年8月4日(火)", "ja", "2026-08-04"},
  {"２０２６年８月４日", "ja", "2026-08-04"},
  {"二〇二六年八月四日", "zh", "2026-08-04"},
  {"二零二六年十二月二十三日", "zh", "2026-12-23"},
  {"2026年8月4日 下午2:30", "zh", "2026-08-04T14:30:00Z"},
  {"2026年08月04日 14时30分", "zh", "2026-08-04T14:30:00Z"},
  {"2026年8月4日 星期二", "zh", "2026-08-04"},
  {"8月4日", "ja", "2026-08-04"},
  {"令和8年8月4日", "ja", "2026-08-04"},
  {"令和元年5月1日", "ja", "2019-05-01"},
  {"平成31年4月30日", NULL, "2019-04-30"},
  {"R8.8.4", "ja", "2026-08-04"},
  {"中華民國115年8月4日", "zh-TW", "2026-08-04"},
  {"民國一一五年八月四日", "zh-TW", "2026-08-04"},
  {"115/08/04", "zh-TW", "2026-08-04"},
  {"115-08-04", "zh-Hant", "2026-08-04"},
  {"2026. 8. 4.", "ko", "2026-08-04"},
  {"2026년 8월 4일 (화) 오후 2:30", "ko", "2026-08-04T14:30:00Z"},
  {"26.08.04", "ko", "2026-08-04"},
  {"2026/8/4", "zh", "2026-08-04"},
  {"投稿日：2026年8月4日", "ja", "2026-08-04"},
  {"更新日2026年8月4日", "ja", "2026-08-04"},
  {"发布时间：2026-08-04 10:15", "zh", "2026-08-04T10:15:00Z"},
  {"1405/05/13", "fa", "2026-08-04"},
  {"۱۴۰۵/۰۵/۱۳", NULL, "2026-08-04"},
  {"۱۳ مرداد ۱۴۰۵", NULL, "2026-08-04"},
  {"سه‌شنبه ۱۳ مرداد ۱۴۰۵", "fa", "2026-08-04"},
  {"1394-11-27", "fa", "2016-02-16"},
  {"1394-11-27", "en", "-"},
  {"1403/12/30", "fa", "2025-03-20"}, /* a leap year */
  {"1404/12/30", "fa", "-"},
};

static const row relative[] = {
  {"vor 3 Stunden", "de", "2026-12-01T07:00:00Z"},
  {"vor einer Stunde", "de", "2026-12-01T09:00:00Z"},
  {"gestern", "de", "2026-11-30"},
  {"Gestern, 14:30 Uhr", NULL, "2026-11-30T14:30:00Z"},
  {"vorgestern um 14:30", "de", "2026-11-29T14:30:00Z"},
  {"heute", "de", "2026-12-01"},
  {"Heute: 08:30", "de", "2026-12-01T08:30:00Z"},
  {"il y a 3 heures", "fr", "2026-12-01T07:00:00Z"},
  {"Publié il y a 2 jours", "fr", "2026-11-29T10:00:00Z"},
  {"hier à 14h30", "fr", "2026-11-30T14:30:00Z"},
  {"hace 3 horas", "es", "2026-12-01T07:00:00Z"},
  {"hace una hora", NULL, "2026-12-01T09:00:00Z"},
  {"ayer", "es", "2026-11-30"},
  {"há 3 horas", "pt", "2026-12-01T07:00:00Z"},
  {"3 horas atrás", "pt", "2026-12-01T07:00:00Z"},
  {"ontem às 14:30", "pt-BR", "2026-11-30T14:30:00Z"},
  {"3 ore fa", "it", "2026-12-01T07:00:00Z"},
  {"ieri alle 14:30", "it", "2026-11-30T14:30:00Z"},
  {"3 часа назад", "ru", "2026-12-01T07:00:00Z"},
  {"5 минут назад", NULL, "2026-12-01T09:55:00Z"},
  {"вчера в 14:30", "ru", "2026-11-30T14:30:00Z"},
  {"3 години тому", "uk", "2026-12-01T07:00:00Z"},
  {"3 uur geleden", "nl", "2026-12-01T07:00:00Z"},
  {"gisteren om 14:30", "nl", "2026-11-30T14:30:00Z"},
  {"för 3 timmar sedan", "sv", "2026-12-01T07:00:00Z"},
  {"for 3 timer siden", "da", "2026-12-01T07:00:00Z"},
  {"3 tuntia sitten", "fi", "2026-12-01T07:00:00Z"},
  {"3 godziny temu", "pl", "2026-12-01T07:00:00Z"},
  {"wczoraj, 14:30", "pl", "2026-11-30T14:30:00Z"},
  {"před 3 hodinami", "cs", "2026-12-01T07:00:00Z"},
  {"3 órával ezelőtt", "hu", "2026-12-01T07:00:00Z"},
  {"3 saat önce", "tr", "2026-12-01T07:00:00Z"},
  {"dün 14:30", "tr", "2026-11-30T14:30:00Z"},
  {"πριν από 3 ώρες", "el", "2026-12-01T07:00:00Z"},
  {"πριν 3 ώρες", "el", "2026-12-01T07:00:00Z"},
  {"acum 3 ore", "ro", "2026-12-01T07:00:00Z"},
  {"3 jam yang lalu", "id", "2026-12-01T07:00:00Z"},
  {"3 jam lalu", "id", "2026-12-01T07:00:00Z"},
  {"kemarin", "id", "2026-11-30"},
  {"3 giờ trước", "vi", "2026-12-01T07:00:00Z"},
  {"hôm qua", "vi", "2026-11-30"},
  {"3時間前", "ja", "2026-12-01T07:00:00Z"},
  {"2日前", "ja", "2026-11-29T10:00:00Z"},
  {"昨日", "ja", "2026-11-30"},
  {"昨日 14:30", "ja", "2026-11-30T14:30:00Z"},
  {"3小时前", "zh", "2026-12-01T07:00:00Z"},
  {"2天前", "zh", "2026-11-29T10:00:00Z"},
  {"昨天 14:30", "zh", "2026-11-30T14:30:00Z"},
  {"前天", "zh", "2026-11-29"},
  {"两天前", "zh", "2026-11-29T10:00:00Z"},
  {"刚刚", "zh", "2026-12-01T10:00:00Z"},
  {"3시간 전", "ko", "2026-12-01T07:00:00Z"},
  {"어제", "ko", "2026-11-30"},
  {"قبل 3 ساعات", "ar", "2026-12-01T07:00:00Z"},
  {"منذ ٣ ساعات", "ar", "2026-12-01T07:00:00Z"},
  {"قبل ساعتين", "ar", "2026-12-01T08:00:00Z"},
  {"أمس", "ar", "2026-11-30"},
  {"לפני 3 שעות", "he", "2026-12-01T07:00:00Z"},
  {"אתמול", "he", "2026-11-30"},
  {"۳ ساعت پیش", "fa", "2026-12-01T07:00:00Z"},
  {"3 घंटे पहले", "hi", "2026-12-01T07:00:00Z"},
  {"3 ชั่วโมงที่ผ่านมา", "th", "2026-12-01T07:00:00Z"},
  {"เมื่อวาน", "th", "2026-11-30"},
  {"преди 3 часа", "bg", "2026-12-01T07:00:00Z"},
  {"prije 3 sata", "hr", "2026-12-01T07:00:00Z"},
  {"Montag", "de", "2026-11-30"},
  {"lundi", "fr", "2026-11-30"},
  {"yesterday", "fr", "2026-11-30"},
};

static const row numbers[] = {
  {"27-08-2026", NULL, "2026-08-27"},
  {"08-27-2026", NULL, "2026-08-27"},
  {"08/27/2026", NULL, "2026-08-27"},
  {"27/08/2026 10:15", NULL, "2026-08-27T10:15:00Z"},
  {"8/27/26", NULL, "2026-08-27"},
  {"27/8/26", NULL, "2026-08-27"},
  {"98/05/12", NULL, "1998-05-12"},
  {"08/08/2026", NULL, "2026-08-08"},
  {"04/08/2026", NULL, "-"},
  {"04/08/2026", "en", "-"},
  {"04/08/2026", "en-US", "2026-04-08"},
  {"04/08/2026", "en-GB", "2026-08-04"},
  {"04/08/2026", "fr", "2026-08-04"},
  {"04-08-2026", "de", "2026-08-04"},
  {"04/08/26", "it", "2026-08-04"},
  {"Tue 04/08/2026", NULL, "2026-08-04"},
  {"Wed 04/08/2026", NULL, "2026-04-08"},
  {"Sun 04/08/2026", NULL, "-"},
  {"Decided 08/27/2026", NULL, "2026-08-27"},
  {"Date Posted: 8/27/2026", NULL, "2026-08-27"},
  {"Posted: Aug 27, 2026", NULL, "2026-08-27"},
  {"06/15/2018 2:00 PM", NULL, "2018-06-15T14:00:00Z"},
  {"Wed, October 16, 2019", NULL, "2019-10-16"},
  {"04/Aug/2026:10:15:30 +0200", NULL, "2026-08-04T08:15:30Z"},
  {"[04/Aug/2026:10:15:30 +0000]", NULL, "2026-08-04T10:15:30Z"},
  {"27/08", NULL, "2026-08-27"},
  {"4.8.", "de", "2026-08-04"},
  {"08/2026", NULL, "2026-08-01"},
  {"08.27.2026", NULL, "2026-08-27"},
  {"99/99/2026", NULL, "-"},
  {"1/2", NULL, "-"},
  {"10.0.0.1", NULL, "-"},
};

static const row ranges[] = {
  {"June 6–21, 2026", NULL, "2026-06-06"},
  {"Jun 6-21", NULL, "2026-06-06"},
  {"Jun 6—21", NULL, "2026-06-06"},
  {"6-21 June 2026", NULL, "2026-06-06"},
  {"6 - 21 June 2026", NULL, "2026-06-06"},
  {"June 6 – July 2, 2026", NULL, "2026-06-06"},
  {"30 December 2025 - 2 January 2026", NULL, "2025-12-30"},
  {"Dec 30 - Jan 2, 2026", NULL, "2025-12-30"},
  {"4.–6. August 2026", "de", "2026-08-04"},
  {"04.-06.08.2026", "de", "2026-08-04"},
  {"4. bis 6. August 2026", "de", "2026-08-04"},
  {"du 4 au 6 août 2026", "fr", "2026-08-04"},
  {"dal 4 al 6 agosto 2026", "it", "2026-08-04"},
  {"del 4 al 6 de agosto de 2026", "es", "2026-08-04"},
  {"с 4 по 6 августа 2026", "ru", "2026-08-04"},
  {"August 4 and 5, 2026", NULL, "2026-08-04"},
  {"8月4日～6日", "ja", "2026-08-04"},
  {"2026年8月4日～8月6日", "ja", "2026-08-04"},
  {"2026-08-04 - 2026-08-06", NULL, "2026-08-04"},
  {"04-Aug-26", NULL, "2026-08-04"},
  {"4 Aug 2026 - 10:15", NULL, "2026-08-04T10:15:00Z"},
};

static const row weekdays[] = {
  {"Sat 12 Dec", NULL, "2026-12-12"},
  {"sam. 12 déc.", "fr", "2026-12-12"},
  {"Fri 12 Dec", NULL, "2025-12-12"},
  {"12 Dec", NULL, "2025-12-12"},
  {"Sa, 12. Dezember", "de", "2026-12-12"},
};

static void test_names(void **state)
{
  (void)state;
  CHECK(named, .origin = FM_WHEN_FIELD);
  CHECK(asian, .origin = FM_WHEN_FIELD);
}

static void test_relative(void **state)
{
  (void)state;
  CHECK(relative, .origin = FM_WHEN_FIELD);
}

static void test_numbers(void **state)
{
  (void)state;
  CHECK(numbers, .origin = FM_WHEN_FIELD);
}

static void test_ranges(void **state)
{
  (void)state;
  CHECK(ranges, .origin = FM_WHEN_FIELD);
}

static void test_weekday_decides_year(void **state)
{
  (void)state;
  CHECK(weekdays, .origin = FM_WHEN_FIELD);
}

/* A number is a date in data alone, and only in plausible years. */
static void test_bare_numbers(void **state)
{
  (void)state;
  static const row data[] = {
    {"1785838500", NULL, "2026-08-04T10:15:00Z"}, {"1785838500123", NULL, "2026-08-04T10:15:00Z"},
    {"20260804", NULL, "2026-08-04"},  {"2003", NULL, "2003-01-01"},
    {"4513886631139", NULL, "-"},      {"20269116", NULL, "-"},
    {"19891231", NULL, "-"},           {"100000000", NULL, "-"},
    {"20320101", NULL, "-"},           {"1989", NULL, "-"},
  };
  static const row text[] = {
    {"1785838500", NULL, "-"}, {"4513886631139", NULL, "-"}, {"20260116", NULL, "-"},
    {"2003", NULL, "-"},       {"No. 20260116", NULL, "-"},  {"20260116T101500", NULL, "2026-01-16T10:15:00Z"},
  };
  CHECK(data, .origin = FM_WHEN_DATA);
  CHECK(text, .origin = FM_WHEN_FIELD);
  CHECK(text, .origin = FM_WHEN_PROSE);
}

/* In prose a date stands alone, but for words that name it. */
static void test_prose(void **state)
{
  (void)state;
  static const row rows[] = {
    {"Posted on Tuesday, Aug 4, 2026 by somebody", NULL, "2026-08-04"},
    {"Last change: 8/27/2026", NULL, "2026-08-27"},
    {"Veröffentlicht am 4. August 2026", "de", "2026-08-04"},
    {"Minutes of the meeting of 4 August 2026", NULL, "-"},
    {"Sunday concert", NULL, "-"},
    {"Opening hours 10:00", NULL, "-"},
    {"May", NULL, "-"},
    {"Yesterday, when all was well", NULL, "2026-11-30"},
  };
  static const row field[] = {
    {"Filed by the clerk on 4 August 2026", NULL, "2026-08-04"},
    {"Anna Berg | 4 August 2026", NULL, "2026-08-04"},
    {"Sunday concert", NULL, "-"},
    {"Opening hours 10:00", NULL, "-"},
  };
  CHECK(rows, .origin = FM_WHEN_PROSE);
  CHECK(field, .origin = FM_WHEN_FIELD);
}

static void test_order_of_column(void **state)
{
  (void)state;
  const fm_str day_first[] = {FM_STR("04/08/2026"), FM_STR("Decided 27/08/2026"), FM_STR("none")};
  const fm_str month_first[] = {FM_STR("04-08-26"), FM_STR("08-27-26")};
  const fm_str mixed[] = {FM_STR("27/08/2026"), FM_STR("08/27/2026")};
  assert_int_equal(fm_when_order_in(day_first, 3), FM_WHEN_DAY_FIRST);
  assert_int_equal(fm_when_order_in(month_first, 2), FM_WHEN_MONTH_FIRST);
  assert_int_equal(fm_when_order_in(mixed, 2), FM_WHEN_UNKNOWN);
  assert_int_equal(fm_when_order_of(FM_STR("04/08/2026")), FM_WHEN_EITHER);
  static const row as_day[] = {{"04/08/2026", "en-US", "2026-08-04"}, {"08/27/2026", NULL, "2026-08-27"}};
  static const row as_month[] = {{"04/08/2026", "fr", "2026-04-08"}};
  CHECK(as_day, .order = FM_WHEN_DAY_FIRST);
  CHECK(as_month, .order = FM_WHEN_MONTH_FIRST);
}

static void test_year_of_surroundings(void **state)
{
  (void)state;
  static const row rows[] = {{"January 31", NULL, "2024-01-31"}, {"Jan 31, 2025", NULL, "2025-01-31"}};
  CHECK(rows, .year = 2024);
}

/* Formats read names and digits of any language. */
static void test_formats(void **state)
{
  (void)state;
  static const row rows[] = {
    {"10 marzo 2016", "it", "2016-03-10"}, {"٤ أغسطس ٢٠٢٦", "ar", "2026-08-04"},
    {"4 сент. 2026", "ru", "2026-09-04"},  {"4 Sept. 2026", "en", "2026-09-04"},
  };
  fm_str format = FM_STR("%d %B %Y");
  CHECK(rows, .formats = &format, .nformats = 1);
  static const row dashed[] = {{"4 – 8 – 2026", NULL, "2026-08-04"}};
  format = FM_STR("%d – %m – %Y");
  CHECK(dashed, .formats = &format, .nformats = 1);
}

static void test_zones(void **state)
{
  (void)state;
  static const row rows[] = {
    {"4 Aug 2026 09:00 HKT", NULL, "2026-08-04T01:00:00Z"},
    {"4 Aug 2026 09:00 SGT", NULL, "2026-08-04T01:00:00Z"},
    {"4 Aug 2026 09:00 AKST", NULL, "2026-08-04T18:00:00Z"},
    {"4 Aug 2026 09:00 HST", NULL, "2026-08-04T19:00:00Z"},
    {"4 Aug 2026 09:00 PKT", NULL, "2026-08-04T04:00:00Z"},
    {"4 Aug 2026 09:00 MET", NULL, "2026-08-04T08:00:00Z"},
    {"4 Aug 2026 09:00 MEST", NULL, "2026-08-04T07:00:00Z"},
    {"4 Aug 2026 09:00 IST", NULL, "2026-08-04T03:30:00Z"},
    {"4 Aug 2026 09:00 IST", "he", "2026-08-04T07:00:00Z"},
    {"Tue, 04 Aug 2026 09:00:00 America/New_York", NULL, "2026-08-04T13:00:00Z"},
    {"2026-08-04T09:00:00+02:00[Europe/Paris]", NULL, "2026-08-04T07:00:00Z"},
    {"2026-01-04 09:00 Europe/Paris", NULL, "2026-01-04T08:00:00Z"},
  };
  CHECK(rows, .origin = FM_WHEN_DATA);
  static const char *const unknown[] = {"4 Aug 2026 09:00 QZT", "4 Aug 2026 09:00 Mars/Olympus"};
  for (size_t i = 0; i < 2; i++) {
    fm_str name = {NULL, 0};
    fm_when when = {.now = NOW, .unknown_zone = &name};
    int64_t time;
    assert_true(fm_when_parse(fm_str_of(unknown[i]), &when, &time));
    assert_string_equal(name.ptr, i ? "Mars/Olympus" : "QZT");
  }
  fm_str none = {NULL, 0};
  fm_when when = {.now = NOW, .unknown_zone = &none};
  int64_t time;
  assert_true(fm_when_parse(FM_STR("4 Aug 2026 09:00 PM and more"), &when, &time));
  assert_null(none.ptr);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_names),          cmocka_unit_test(test_relative),
    cmocka_unit_test(test_numbers),        cmocka_unit_test(test_ranges),
    cmocka_unit_test(test_weekday_decides_year), cmocka_unit_test(test_bare_numbers),
    cmocka_unit_test(test_prose),          cmocka_unit_test(test_order_of_column),
    cmocka_unit_test(test_year_of_surroundings), cmocka_unit_test(test_formats),
    cmocka_unit_test(test_zones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
