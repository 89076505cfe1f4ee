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

func makeIndexes(ctx context.Context, db *sql.DB, cfg Config, columns map[string]string) error {
	var names []string
	for _, together := range cfg.Counted {
		over := []string{"namespace_id", "TemporalNamespaceDivision", "workflow_type_name"}
		name := "counted"
		for _, attribute := range together {
			if !column.MatchString(columns[attribute]) {
				return fmt.Errorf("the search attribute %s has no column", attribute)
			}
			over = append(over, columns[attribute])
			name += "_" + strings.ToLower(columns[attribute])
		}
		names = append(names, name)
		if _, err := db.ExecContext(ctx, "CREATE INDEX IF NOT EXISTS "+name+" ON executions_visibility ("+strings.Join(over, ", ")+", status) WHERE status != 6"); err != nil {
			return err
		}
	}
	for _, kind := range cfg.Seldom {
		if !typeName.MatchString(kind) {
			return fmt.Errorf("no index can be made for the workflow type %q", kind)
		}
		name := "counted_type_" + strings.ToLower(kind)
		names = append(names, name)
		if _, err := db.ExecContext(ctx, "CREATE INDEX IF NOT EXISTS "+name+" ON executions_visibility (namespace_id, TemporalNamespaceDivision, workflow_type_name, "+
			listOrder+") WHERE workflow_type_name = '"+kind+"'"); err != nil {
			return err
		}
	}
	for _, among := range cfg.CountedAmong {
		of, by := columns[among[0]], columns[among[1]]
		if !column.MatchString(of) || !column.MatchString(by) {
			return fmt.Errorf("the search attributes %s and %s have no columns", among[0], among[1])
		}
		name := "counted_" + strings.ToLower(of) + "_few_"
		for suffix, over := range map[string]string{strings.ToLower(by): by + ", status", "order": listOrder} {
			names = append(names, name+suffix)
			if _, err := db.ExecContext(ctx, "CREATE INDEX IF NOT EXISTS "+name+suffix+" ON executions_visibility (namespace_id, TemporalNamespaceDivision, workflow_type_name, "+
				over+") WHERE "+of+" IS NOT NULL AND status != 6"); err != nil {
				return err
			}
		}
	}
	return dropOthers(ctx, db, names)
}

// listOrder is the order in which the engine lists.
const listOrder = "(COALESCE(close_time, '9999-12-31 23:59:59+00:00')) DESC, start_time DESC, run_id"

// typeName is a workflow type that may stand in a question as it is.
var typeName = regexp.MustCompile(`^[A-Za-z]+$`)

// dropOthers drops the indexes of an earlier release, which cost time at each write.
func dropOthers(ctx context.Context, db *sql.DB, names []string) error {
	rows, err := db.QueryContext(ctx, "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, 8) = 'counted_'")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var old []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if !slices.Contains(names, name) {
			old = append(old, name)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range old {
		if _, err := db.ExecContext(ctx, "DROP INDEX IF EXISTS "+name); err != nil {
			return err
		}
	}
	return nil
}
