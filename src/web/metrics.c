/* /metrics: Prometheus text format, version 0.0.4. */
#include "base/clock.h"
#include "base/str.h"
#include "web/html.h"
#include "web/web.h"

static void head(fm_buf *out, const char *name, const char *type, const char *help)
{
  fm_buf_addf(out, "# HELP feedmill_%s %s\n# TYPE feedmill_%s %s\n", name, help, name, type);
}

static void one(fm_buf *out, const char *name, const char *type, const char *help, double value)
{
  head(out, name, type, help);
  fm_buf_addf(out, "feedmill_%s %.17g\n", name, value);
}

static void serving(const fm_serve_stats *s, fm_buf *out)
{
  one(out, "connections_total", "counter", "Connections accepted.", (double)s->connections_total);
  one(out, "connections_open", "gauge", "Connections open now.", (double)s->connections_open);
  one(out, "connections_refused_total", "counter", "Connections refused at max_connections.",
      (double)s->connections_refused);
  one(out, "connections_evicted_total", "counter", "Connections closed to make room for others.",
      (double)s->connections_evicted);
  one(out, "requests_total", "counter", "Requests read.", (double)s->requests);
  one(out, "cache_hits_total", "counter", "Requests answered from finished bytes.", (double)s->hits);
  one(out, "cache_misses_total", "counter", "Requests that went to the milling loop.",
      (double)s->misses);
  one(out, "rate_limited_total", "counter", "Requests answered with 429.", (double)s->rate_limited);
  one(out, "not_modified_total", "counter", "Requests answered with 304.", (double)s->not_modified);
  one(out, "bad_requests_total", "counter", "Requests refused as malformed.", (double)s->bad_requests);
  one(out, "sent_bytes_total", "counter", "Bytes sent.", (double)s->bytes_sent);
  head(out, "responses_total", "counter", "Responses by class of status.");
  for (int class = 1; class < 6; class++)
    fm_buf_addf(out, "feedmill_responses_total{class=\"%dxx\"} %llu\n", class,
                (unsigned long long)s->status[class]);
}

static void anomalies(const fm_mill_stats *m, fm_buf *out)
{
  head(out, "anomalies_total", "counter", "Pages that were parsed and rejected as anomalous, by kind.");
  for (int odd = FM_ANOMALY_NONE + 1; odd < FM_ANOMALY_COUNT; odd++)
    fm_buf_addf(out, "feedmill_anomalies_total{reason=\"%s\"} %llu\n",
                fm_anomaly_name((enum fm_anomaly)odd), (unsigned long long)m->anomalies[odd]);
}

static void milling(const fm_mill_stats *m, fm_buf *out)
{
  one(out, "fetches_total", "counter", "Fetches of pages started.", (double)m->fetches);
  one(out, "fetch_errors_total", "counter", "Refreshes that failed.", (double)m->fetch_errors);
  one(out, "fetches_not_modified_total", "counter", "Fetches that the host answered with 304.",
      (double)m->not_modified);
  one(out, "refreshes_total", "counter", "Refreshes that succeeded.", (double)m->changes);
  one(out, "renders_total", "counter", "Responses rendered.", (double)m->renders);
  one(out, "coalesced_requests_total", "counter", "Requests that joined a refresh under way.",
      (double)m->joined);
  one(out, "store_errors_total", "counter", "Failures of the store.", (double)m->store_errors);
  one(out, "failovers_total", "counter", "Switches of an input to another endpoint.",
      (double)m->failovers);
  one(out, "upstreams", "gauge", "Upstreams in memory.", (double)m->upstreams);
  one(out, "views", "gauge", "Views (upstream, filter, format) in memory.", (double)m->views);
  one(out, "cached_responses", "gauge", "Responses in memory (view and public address).", (double)m->responses);
}

typedef struct states {
  size_t count[FM_UPSTREAM_STATE_COUNT];
  size_t failing, failed_over;
} states;

static void count_state(void *ctx, const fm_upstream_info *info)
{
  states *s = ctx;
  s->count[info->state]++;
  s->failing += info->failures > 0;
  s->failed_over += info->failed_over;
}

static void upstreams(fm_mill *mill, fm_buf *out)
{
  states s = {0};
  fm_mill_upstreams(mill, count_state, &s);
  head(out, "upstreams_by_state", "gauge", "Upstreams by state.");
  for (int i = 0; i < FM_UPSTREAM_STATE_COUNT; i++)
    fm_buf_addf(out, "feedmill_upstreams_by_state{state=\"%s\"} %zu\n",
                fm_upstream_state_name((enum fm_upstream_state)i), s.count[i]);
  one(out, "upstreams_failing", "gauge", "Upstreams whose last refresh failed.", (double)s.failing);
  one(out, "upstreams_failed_over", "gauge", "Upstreams that use another endpoint than the first.",
      (double)s.failed_over);
}

static void store(const fm_web *web, fm_buf *out)
{
  fm_store_health health = fm_store_get_health(web->store);
  bool ok = health.opened && !web->store_replaced;
  bool up = ok && strcmp(health.status, "down") != 0 && strcmp(health.status, "unreadable") != 0;
  head(out, "store_up", "gauge", "Whether the store can be reached and read.");
  fm_buf_addf(out, "feedmill_store_up{backend=\"%s\"} %d\n", health.backend, up);
  head(out, "store_writable", "gauge", "Whether the store can be written.");
  fm_buf_addf(out, "feedmill_store_writable{backend=\"%s\"} %d\n", health.backend,
              up && strcmp(health.status, "unwritable") != 0);
}

fm_reply *fm_web_metrics(fm_web *web, fm_miss *miss, fm_str query)
{
  (void)miss, (void)query;
  fm_buf out;
  fm_buf_init(&out, FM_BUF_MAX);
  head(&out, "build_info", "gauge", "The version that runs.");
  fm_buf_text(&out, "feedmill_build_info{version=\"" FM_VERSION "\"} 1\n");
  one(&out, "start_time_seconds", "gauge", "When the program started, Unix time.",
      (double)web->started);
  one(&out, "config_reloads_total", "counter", "Configurations taken at HUP.", (double)web->reloads);
  one(&out, "config_reload_errors_total", "counter", "Configurations refused at HUP.",
      (double)web->reload_errors);
  if (web->store)
    store(web, &out);
  if (web->server) {
    fm_serve_stats s;
    fm_server_stats(web->server, &s);
    serving(&s, &out);
  }
  fm_mill_stats m;
  fm_mill_get_stats(web->mill, &m);
  milling(&m, &out);
  anomalies(&m, &out);
  upstreams(web->mill, &out);
  return fm_web_reply(&out, "text/plain; version=0.0.4; charset=utf-8");
}
