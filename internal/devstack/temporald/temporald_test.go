package temporald_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/temporald"
)

// killedEnv makes this binary a server that waits to be killed.
const killedEnv = "TEMPORALD_TEST_DB"

func TestMain(m *testing.M) {
	if file := os.Getenv(killedEnv); file != "" {
		serveUntilKilled(file)
		return
	}
	os.Exit(m.Run())
}

func config(t testing.TB, file string) temporald.Config {
	t.Helper()
	ports, err := loopback.Free("", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loopback.Release(ports...) })
	return temporald.Config{DBFile: file, FrontendPort: ports[0], UIPort: ports[1], Namespace: "vouchsafe",
		CodecEndpoint: "http://127.0.0.1:1/codec",
		Log:           slog.New(slog.NewTextHandler(t.Output(), nil)),
		SearchAttributes: map[string]enums.IndexedValueType{
			"Stage":    enums.INDEXED_VALUE_TYPE_KEYWORD,
			"Attempts": enums.INDEXED_VALUE_TYPE_INT,
		}}
}

func start(t testing.TB, cfg temporald.Config) (*temporald.Server, client.Client) {
	t.Helper()
	began := time.Now()
	s, err := temporald.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.Dial(client.Options{HostPort: s.Address(), Namespace: s.Namespace()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return s, c
}

func greet(_ workflow.Context, name string) (string, error) { return "good day, " + name, nil }

// run starts greet at once and waits for its end.
func run(t testing.TB, c client.Client, id string, attributes temporal.SearchAttributes) {
	t.Helper()
	w := worker.New(c, "test", worker.Options{})
	w.RegisterWorkflow(greet)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wf, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: "test",
		TypedSearchAttributes: attributes}, greet, "you")
	if err != nil {
		t.Fatal(err)
	}
	var answer string
	if err := wf.Get(ctx, &answer); err != nil || answer != "good day, you" {
		t.Fatalf("%q, %v", answer, err)
	}
}

// find waits until the query lists exactly the one workflow.
func find(t testing.TB, c client.Client, query, id string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		if e := list.GetExecutions(); len(e) == 1 && e[0].GetExecution().GetWorkflowId() == id {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s lists %v, want %s", query, list.GetExecutions(), id)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

var stage = temporal.NewSearchAttributeKeyKeyword("Stage")

func TestRunsAndFindsAndSurvivesARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a home, 100% odd #?", "temporal.db")
	cfg := config(t, file)
	s, c := start(t, cfg)
	run(t, c, "first", temporal.NewSearchAttributes(stage.ValueSet("vetting")))
	find(t, c, "Stage = 'vetting'", "first")

	ns, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "vouchsafe"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != 30*24*time.Hour {
		t.Errorf("retention is %s, want 30 days", got)
	}
	began := time.Now()
	c.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("stopped after %s", time.Since(began).Round(time.Millisecond))
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database: %v, %v", info.Mode(), err)
	}

	// The same file at other ports, with an attribute more and another retention.
	cfg2 := config(t, file)
	cfg2.Retention = 10 * 24 * time.Hour
	cfg2.SearchAttributes["Attention"] = enums.INDEXED_VALUE_TYPE_KEYWORD
	_, c = start(t, cfg2)
	find(t, c, "Stage = 'vetting'", "first")
	run(t, c, "second", temporal.NewSearchAttributes(
		temporal.NewSearchAttributeKeyKeyword("Attention").ValueSet("ops")))
	find(t, c, "Attention = 'ops'", "second")
	ns, err = c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: "vouchsafe"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ns.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != 10*24*time.Hour {
		t.Errorf("retention is %s, want 10 days", got)
	}
}

func TestUIKnowsTheCodec(t *testing.T) {
	s, _ := start(t, config(t, filepath.Join(t.TempDir(), "temporal.db")))
	get := func(path string) *http.Response {
		resp, err := http.Get(s.UI() + path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, resp.Status)
		}
		return resp
	}
	var settings struct {
		DefaultNamespace   string
		NotifyOnNewVersion bool
		Codec              struct{ Endpoint string }
	}
	if err := json.NewDecoder(get("/api/v1/settings").Body).Decode(&settings); err != nil {
		t.Fatal(err)
	}
	if settings.Codec.Endpoint != "http://127.0.0.1:1/codec" || settings.DefaultNamespace != "vouchsafe" || settings.NotifyOnNewVersion {
		t.Errorf("settings: %+v", settings)
	}
	get("/")
	get("/api/v1/namespaces/vouchsafe/workflows")
}

func TestRefusals(t *testing.T) {
	cfg := config(t, filepath.Join(t.TempDir(), "temporal.db"))
	start(t, cfg)

	again := cfg
	again.DBFile += "2"
	if _, err := temporald.Start(t.Context(), again); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a busy port: %v", err)
	}
	open := cfg
	open.Host = "0.0.0.0"
	if _, err := temporald.Start(t.Context(), open); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("an open host: %v", err)
	}
}

func TestAnAttributeKeepsItsType(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	s, c := start(t, config(t, file))
	c.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, file)
	cfg.SearchAttributes["Stage"] = enums.INDEXED_VALUE_TYPE_BOOL
	if _, err := temporald.Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "Stage") {
		t.Errorf("another type: %v", err)
	}
}

func serveUntilKilled(file string) {
	ports, err := loopback.Free("", 1)
	if err != nil {
		panic(err)
	}
	s, err := temporald.Start(context.Background(), temporald.Config{DBFile: file, FrontendPort: ports[0], Namespace: "vouchsafe"})
	if err != nil {
		panic(err)
	}
	fmt.Println(s.Address())
	select {}
}

func TestSurvivesSIGKILL(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedEnv+"="+file)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Dial(client.Options{HostPort: strings.TrimSpace(string(line[:n])), Namespace: "vouchsafe"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, c, "before", temporal.NewSearchAttributes())
	c.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	_, c = start(t, config(t, file))
	if err := c.GetWorkflow(t.Context(), "before", "").Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	find(t, c, "WorkflowId = 'before'", "before")
	run(t, c, "after", temporal.NewSearchAttributes())
}

// TestCountsByAnIndex: a count by attributes that are counted together reads the
// index that is for them.
func TestCountsByAnIndex(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	cfg := config(t, file)
	cfg.Counted = [][]string{{"Attempts", "Stage"}}
	if s, _ := start(t, cfg); s.Close() != nil {
		t.Fatal("it does not stop")
	}
	cfg = config(t, file)
	cfg.Counted = [][]string{{"Stage", "Attempts"}} // in place of the other one
	cfg.Seldom = []string{"Watch"}
	start(t, cfg)
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var name, made string
	if err := db.QueryRowContext(t.Context(), "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'counted_%' AND name NOT LIKE 'counted_type_%'").Scan(&name, &made); err != nil {
		t.Fatal(err)
	}
	columns := strings.Split(strings.TrimSuffix(strings.Split(made, "(")[1], ", status) WHERE status != 6"), ", ")
	// As the engine writes the question: its own conditions, ours, all in parentheses.
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM executions_visibility WHERE namespace_id = 'x' and TemporalNamespaceDivision is null and "+
		"(workflow_type_name = 'Onboard' and status != 6 and "+columns[3]+" = 'vetting' and "+columns[4]+" < 3)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan string
	for rows.Next() {
		var a, b, c int
		if err := rows.Scan(&a, &b, &c, &plan); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil || !strings.Contains(plan, "INDEX "+name+" (") || !strings.Contains(plan, columns[3]+"=? AND "+columns[4]+"<?") {
		t.Errorf("the plan is %q, %v", plan, err)
	}
	plan = ""
	if err := db.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN SELECT run_id FROM executions_visibility WHERE namespace_id = 'x' and TemporalNamespaceDivision is null and "+
		"workflow_type_name = 'Watch' ORDER BY coalesce(close_time, '9999-12-31 23:59:59+00:00') DESC, start_time DESC, run_id LIMIT 50").Scan(new(int), new(int), new(int), &plan); err != nil || !strings.Contains(plan, "counted_type_watch") {
		t.Errorf("the plan of a seldom type is %q, %v", plan, err)
	}
	bad := config(t, file)
	bad.Counted = [][]string{{"Unheard"}}
	if _, err := temporald.Start(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "Unheard") {
		t.Errorf("an attribute that there is not: %v", err)
	}
}

// TestCountsAmongFew: who has an attribute that few have is counted and listed among
// these few, as the engine writes its questions.
func TestCountsAmongFew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	cfg := config(t, file)
	cfg.SearchAttributes["Failed"], cfg.SearchAttributes["Since"] = enums.INDEXED_VALUE_TYPE_KEYWORD_LIST, enums.INDEXED_VALUE_TYPE_DATETIME
	cfg.CountedAmong = [][2]string{{"Failed", "Since"}}
	if s, _ := start(t, cfg); s.Close() != nil {
		t.Fatal("it does not stop")
	}
	again := config(t, file) // of a later release, which counts by more
	again.SearchAttributes, again.CountedAmong, again.Counted = cfg.SearchAttributes, cfg.CountedAmong, [][]string{{"Stage", "Since"}, {"Stage", "Attempts"}}
	start(t, again)
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var name, made string
	if err := db.QueryRowContext(t.Context(), "SELECT name, sql FROM sqlite_master WHERE name LIKE 'counted_%_few_datetime%'").Scan(&name, &made); err != nil {
		t.Fatal(err)
	}
	prefix, since, _ := strings.Cut(name, "_few_")
	failed := strings.TrimPrefix(prefix, "counted_")
	asked := " FROM executions_visibility WHERE namespace_id = 'x' and TemporalNamespaceDivision is null and (workflow_type_name = 'Onboard' and status != 6 and " + failed +
		" is not null and rowid in (select rowid from executions_visibility_fts_keyword_list where executions_visibility_fts_keyword_list = '" + failed + " : (\"email@kickbox\")')"
	for question, index := range map[string]string{
		"SELECT COUNT(*)" + asked + ")":                                  prefix + "_few_",
		"SELECT COUNT(*)" + asked + " and " + since + " < '2026-11-28')": name,
		"SELECT run_id" + asked + ") ORDER BY coalesce(close_time, '9999-12-31 23:59:59+00:00') DESC, start_time DESC, run_id LIMIT 25": prefix + "_few_order",
	} {
		var plan string
		if err := db.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN "+question).Scan(new(int), new(int), new(int), &plan); err != nil || !strings.Contains(plan, "INDEX "+index) {
			t.Errorf("%s: %q, %v", question, plan, err)
		}
	}
	bad := config(t, file)
	bad.CountedAmong = [][2]string{{"Failed", "Unheard"}}
	if _, err := temporald.Start(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "Unheard") {
		t.Errorf("an attribute that there is not: %v", err)
	}
}
