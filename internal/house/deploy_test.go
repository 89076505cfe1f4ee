package house

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"gopkg.in/yaml.v3"

	"github.com/vouchsafe/vouchsafe/internal/app"
	"github.com/vouchsafe/vouchsafe/internal/telemetry"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// variables are those that the program reads, with their defaults.
func variables() map[string]string {
	out := map[string]string{}
	for f := range reflect.TypeFor[app.Config]().Fields() {
		if name := f.Tag.Get("env"); name != "" && name != "-" {
			out[name] = f.Tag.Get("envDefault")
		}
	}
	return out
}

func TestEveryVariableIsInTheExampleAndInCompose(t *testing.T) {
	example := string(read(t, "deploy/env.example"))
	var compose struct {
		Services map[string]struct {
			Environment map[string]*string
			Image       string
		}
	}
	if err := yaml.Unmarshal(read(t, "deploy/compose.yaml"), &compose); err != nil {
		t.Fatal(err)
	}
	for name, value := range variables() {
		m := regexp.MustCompile(`(?m)^(#?)` + name + `=(.*)$`).FindStringSubmatch(example)
		switch {
		case m == nil:
			t.Errorf("deploy/env.example does not have %s", name)
		case m[1] == "#" && m[2] != value && name != "VOUCHSAFE_TEMPORAL_UI":
			t.Errorf("deploy/env.example gives %q as the default of %s; it is %q", m[2], name, value)
		}
		for _, service := range []string{"web", "worker"} {
			if _, ok := compose.Services[service].Environment[name]; !ok {
				t.Errorf("deploy/compose.yaml does not give %s to %s", name, service)
			}
		}
	}
	ours := func(name string) bool { return strings.HasPrefix(name, "VOUCHSAFE_") }
	for _, m := range regexp.MustCompile(`(?m)^#?([A-Z0-9_]+)=`).FindAllStringSubmatch(example, -1) {
		if _, ok := variables()[m[1]]; ours(m[1]) && !ok {
			t.Errorf("deploy/env.example has %s, which nobody reads", m[1])
		}
	}
	for name := range compose.Services["web"].Environment {
		if _, ok := variables()[name]; ours(name) && !ok {
			t.Errorf("deploy/compose.yaml has %s, which nobody reads", name)
		}
	}
	for name, s := range compose.Services {
		if s.Image == "" || strings.HasSuffix(s.Image, ":latest") || !strings.Contains(s.Image, ":") {
			t.Errorf("deploy/compose.yaml: %s has no fixed image: %q", name, s.Image)
		}
	}
}

// The setup script makes exactly the search attributes that workflows set.
func TestSetupMakesTheSearchAttributes(t *testing.T) {
	made := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^make (\w+) (\w+)$`).FindAllStringSubmatch(string(read(t, "deploy/setup/namespace.sh")), -1) {
		made[m[1]] = m[2]
	}
	want := map[string]string{}
	for name, kind := range workflows.SearchAttributes() {
		want[name] = kind.String()
	}
	if !reflect.DeepEqual(made, want) {
		t.Errorf("deploy/setup/namespace.sh makes %v\nworkflows set %v", made, want)
	}
}

func TestSetupScriptsAreShell(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join(root(t), "deploy", "setup", "*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, s := range scripts {
		if out, err := exec.CommandContext(t.Context(), "sh", "-n", s).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", s, out)
		}
	}
}

type alert struct {
	Alert       string
	Expr        string
	Labels      struct{ Severity string }
	Annotations struct{ Summary string }
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	if err := yaml.Unmarshal(read(t, "deploy/alerts.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	var out []alert
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	if len(out) == 0 {
		t.Fatal("no alerts")
	}
	return out
}

func TestEveryAlertIsInTheRunbook(t *testing.T) {
	runbook := string(read(t, "deploy/RUNBOOK.md"))
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
		if a.Annotations.Summary == "" || (a.Labels.Severity != "page" && a.Labels.Severity != "ticket") {
			t.Errorf("%s needs a summary and a severity of page or ticket", a.Alert)
		}
		if !strings.Contains(runbook, "\n## "+a.Alert+"\n") {
			t.Errorf("deploy/RUNBOOK.md has no heading %s", a.Alert)
		}
	}
	about, _, _ := strings.Cut(runbook, "\n# By hand")
	for _, m := range regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(about, -1) {
		if !slices.Contains(names, m[1]) {
			t.Errorf("deploy/RUNBOOK.md has a heading for %s, which is no alert", m[1])
		}
	}
}

// promQL is what stands in expressions besides metrics' names.
var promQL = []string{"absent", "sum", "min", "max", "rate", "increase", "histogram_quantile", "by", "or", "unless", "offset", "up", "time"}

// names are the metrics that an expression uses.
func names(expr string) []string {
	for _, noise := range []string{`\{[^}]*\}`, `\[[^\]]*\]`, `by \([^)]*\)`, `offset \w+`} {
		expr = regexp.MustCompile(noise).ReplaceAllString(expr, " ")
	}
	var out []string
	for _, w := range regexp.MustCompile(`[a-z_]+[a-z]`).FindAllString(expr, -1) {
		if !slices.Contains(promQL, w) {
			out = append(out, w)
		}
	}
	return out
}

// served has the program's own telemetry serve every metric once, and gives
// what Prometheus would read: names as the exporter makes them.
func served(t *testing.T) string {
	t.Helper()
	tel, err := telemetry.Setup(t.Context(), telemetry.Config{Service: "house", LogOutput: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tel.Shutdown(context.Background()) }()
	ctx := t.Context()
	meter := otel.Meter("house")
	// Ours, as the source makes them.
	source := regexp.MustCompile(`\.(Int64Counter|Float64Histogram|Int64ObservableGauge)\("([a-z_]+)"([^\n]*)`)
	for _, file := range kept(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range source.FindAllStringSubmatch(string(read(t, file)), -1) {
			if m[1] == "Int64Counter" {
				c, err := meter.Int64Counter(m[2])
				if err != nil {
					t.Fatal(err)
				}
				c.Add(ctx, 1)
				continue
			}
			if m[1] == "Int64ObservableGauge" {
				_, err := meter.Int64ObservableGauge(m[2], metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
					o.Observe(1)
					return nil
				}))
				if err != nil {
					t.Fatal(err)
				}
				continue
			}
			unit := regexp.MustCompile(`WithUnit\("(\w+)"\)`).FindStringSubmatch(m[3])
			if unit == nil {
				unit = []string{"", "1"}
			}
			h, err := meter.Float64Histogram(m[2], metric.WithUnit(unit[1]))
			if err != nil {
				t.Fatal(err)
			}
			h.Record(ctx, 1)
		}
	}
	// The web's, as its middleware makes them.
	handler := otelhttp.NewHandler(http.NotFoundHandler(), "house")
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	// Temporal's, by the names in its SDK. They are counters, timers and gauges
	// by their names' ends.
	dir := strings.TrimSpace(output(t, "go", "list", "-m", "-f", "{{.Dir}}", "go.temporal.io/sdk"))
	constants := outside(t, filepath.Join(dir, "internal", "common", "metrics", "constants.go"))
	prefixes := map[string]string{"TemporalMetricsPrefix": "temporal_", "TemporalRequest": "temporal_request", "TemporalLongRequest": "temporal_long_request"}
	sdk := tel.TemporalMetrics()
	for _, m := range regexp.MustCompile(`(?m)^\s+\w+\s+= (\w+) \+ "(\w+)"`).FindAllStringSubmatch(constants, -1) {
		name := prefixes[m[1]] + m[2]
		switch {
		case strings.HasSuffix(name, "_latency"):
			sdk.Timer(name).Record(time.Second)
		case strings.Contains(name, "slots") || strings.HasPrefix(name, "temporal_num") || strings.HasSuffix(name, "_size"):
			sdk.Gauge(name).Update(1)
		default:
			sdk.Counter(name).Inc(1)
		}
	}
	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestAlertsUseMetricsThatExist(t *testing.T) {
	metrics := served(t)
	for _, a := range alerts(t) {
		found := names(a.Expr)
		if len(found) == 0 && !strings.Contains(a.Expr, "up{") {
			t.Errorf("%s uses no metric", a.Alert)
		}
		for _, name := range found {
			if !regexp.MustCompile(`(?m)^` + name + `[{ ]`).MatchString(metrics) {
				t.Errorf("%s uses %s, which the program does not serve", a.Alert, name)
			}
		}
	}
}

// The values by which alerts tell outcomes apart are those that the code gives.
func TestAlertsUseOutcomesThatExist(t *testing.T) {
	code := string(read(t, "internal/vendors/outbound/metrics.go")) + string(read(t, "internal/web/webhook/webhook.go")) + string(read(t, "internal/lists/metrics.go"))
	for _, a := range alerts(t) {
		for _, m := range regexp.MustCompile(`outcome=~?"([^"]*)"`).FindAllStringSubmatch(a.Expr, -1) {
			for value := range strings.SplitSeq(m[1], "|") {
				if !strings.Contains(code, strconv.Quote(value)) {
					t.Errorf("%s looks for the outcome %q, which nobody counts", a.Alert, value)
				}
			}
		}
	}
}

// The jobs that alerts ask for are those that Prometheus is told of.
func TestAlertsUseJobsThatExist(t *testing.T) {
	config := string(read(t, "deploy/prometheus.yaml"))
	for _, a := range alerts(t) {
		for _, m := range regexp.MustCompile(`job="([^"]*)"`).FindAllStringSubmatch(a.Expr, -1) {
			if !strings.Contains(config, "job_name: "+m[1]) {
				t.Errorf("%s looks at the job %s, which prometheus.yaml does not have", a.Alert, m[1])
			}
		}
	}
}

// What the image runs links nothing of the machine that it was built on.
func TestTheImagesBinaryIsStatic(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	out := output(t, "go", "version", "-m", vouchsafe(t))
	if !strings.Contains(out, "CGO_ENABLED=0") {
		t.Errorf("the binary was built with cgo:\n%.200s", out)
	}
	docker := string(read(t, "deploy/Dockerfile"))
	for _, need := range []string{"CGO_ENABLED=0", "USER 65532", "HEALTHCHECK", "golang:" + goVersion(t)} {
		if !strings.Contains(docker, need) {
			t.Errorf("deploy/Dockerfile does not have %s", need)
		}
	}
}

// goVersion is that of go.mod.
func goVersion(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^go ([0-9.]+)$`).FindStringSubmatch(string(read(t, "go.mod")))
	if m == nil {
		t.Fatal("go.mod has no go line")
	}
	return m[1]
}
