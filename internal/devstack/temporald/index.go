package temporald

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// column is a column of the engine's own, as it names them: Keyword04, Datetime02.
var column = regexp.MustCompile(`^[A-Za-z]+[0-9]{2}$`)

// index gives the file indexes over the attributes that are counted together. The
// engine's own have one attribute each, so that a count by two reads the JSON of
// every line that has the first: at 50,000 applicants the board took ten seconds.
// They are over the lines that a list of cases asks for, which are all but those of
// runs that went on in another one.
func index(ctx context.Context, cfg Config, c client.Client) error {
	ns, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: cfg.Namespace})
	if err != nil {
		return err
	}
	columns := map[string]string{}
	for name, attribute := range ns.GetConfig().GetCustomSearchAttributeAliases() {
		columns[attribute] = name
	}
	db, err := sql.Open("sqlite", "file:"+uri(cfg.DBFile)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	return errors.Join(makeIndexes(ctx, db, cfg, columns), db.Close())
}

// wanted is an index that the file shall have.
type wanted struct {
	name, on string
	// last is one that stands behind the others: of two that would do, SQLite, which has
	// no statistics here, takes the one that was made last.
	last bool
}

func makeIndexes(ctx context.Context, db *sql.DB, cfg Config, columns map[string]string) error {
	indexes, err := wantedIndexes(cfg, columns)
	if err != nil {
		return err
	}
	have, err := madeIndexes(ctx, db)
	if err != nil {
		return err
	}
	made := false
	for _, w := range indexes {
		there := slices.Contains(have, w.name)
		have = slices.DeleteFunc(have, func(name string) bool { return name == w.name })
		if there && (!w.last || !made) {
			continue
		}
		if _, err := db.ExecContext(ctx, "DROP INDEX IF EXISTS "+w.name); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "CREATE INDEX "+w.name+" ON executions_visibility "+w.on); err != nil {
			return err
		}
		made = true
	}
	for _, old := range have { // of an earlier release: they cost time at each write
		if _, err := db.ExecContext(ctx, "DROP INDEX IF EXISTS "+old); err != nil {
			return err
		}
	}
	return nil
}

func wantedIndexes(cfg Config, columns map[string]string) (out []wanted, _ error) {
	const ours = "namespace_id, TemporalNamespaceDivision, workflow_type_name, "
	for _, together := range cfg.Counted {
		w := wanted{name: "counted", on: "(" + ours}
		for _, attribute := range together {
			if !column.MatchString(columns[attribute]) {
				return nil, fmt.Errorf("the search attribute %s has no column", attribute)
			}
			w.on += columns[attribute] + ", "
			w.name += "_" + strings.ToLower(columns[attribute])
		}
		w.on += "status) WHERE status != 6"
		out = append(out, w)
	}
	for _, kind := range cfg.Seldom {
		if !typeName.MatchString(kind) {
			return nil, fmt.Errorf("no index can be made for the workflow type %q", kind)
		}
		out = append(out, wanted{name: "counted_type_" + strings.ToLower(kind), on: "(" + ours + listOrder + ") WHERE workflow_type_name = '" + kind + "'"})
	}
	for _, among := range cfg.CountedAmong {
		of, by := columns[among[0]], columns[among[1]]
		if !column.MatchString(of) || !column.MatchString(by) {
			return nil, fmt.Errorf("the search attributes %s and %s have no columns", among[0], among[1])
		}
		name, few := "counted_"+strings.ToLower(of)+"_few_", ") WHERE "+of+" IS NOT NULL AND status != 6"
		out = append(out, wanted{name: name + strings.ToLower(by), on: "(" + ours + by + ", status" + few, last: true},
			wanted{name: name + "order", on: "(" + ours + listOrder + few, last: true})
	}
	return out, nil
}

// listOrder is the order in which the engine lists.
const listOrder = "(COALESCE(close_time, '9999-12-31 23:59:59+00:00')) DESC, start_time DESC, run_id"

// typeName is a workflow type that may stand in a question as it is.
var typeName = regexp.MustCompile(`^[A-Za-z]+$`)

// madeIndexes lists those that were made here, at this start or an earlier one.
func madeIndexes(ctx context.Context, db *sql.DB) (names []string, _ error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, 8) = 'counted_'")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
