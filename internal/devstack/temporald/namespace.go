package temporald

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// registryRefresh is how often the server's services read the namespaces again,
// and with them the names of search attributes.
const registryRefresh = 2 * time.Second

// createNamespace writes the namespace into the file before any service reads
// it: registering it with a running server takes seconds until all of them know.
// One that exists is left alone.
func createNamespace(cfg Config, db *config.SQL) error {
	ns, err := sqlite.NewNamespaceConfig(clusterName, cfg.Namespace, false, cfg.SearchAttributes)
	if err != nil {
		return err
	}
	ns.Detail.Config.Retention = durationpb.New(cfg.Retention) // it comes as 24 hours
	return sqlite.CreateNamespaces(db, ns)
}

// ready returns when the frontend answers, the namespace has its retention and
// every search attribute can be used, adding those that a file of an earlier
// release lacks.
func ready(ctx context.Context, cfg Config, c client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := retried(ctx, func() error {
		_, err := c.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}); err != nil {
		return fmt.Errorf("the frontend does not answer: %w", err)
	}
	if err := retried(ctx, func() error { return setRetention(ctx, cfg, c) }); err != nil {
		return fmt.Errorf("the namespace %q: %w", cfg.Namespace, err)
	}
	var added bool
	if err := retried(ctx, func() (err error) {
		added, err = addSearchAttributes(ctx, cfg, c)
		return err
	}); err != nil {
		return fmt.Errorf("search attributes: %w", err)
	}
	if added { // history and matching learn of it later than the frontend does
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(registryRefresh + 500*time.Millisecond):
		}
	}
	if err := retried(ctx, func() error { return searchable(ctx, cfg, c) }); err != nil {
		return fmt.Errorf("search attributes cannot be used: %w", err)
	}
	return nil
}

// setRetention brings the namespace's retention in line with the configuration.
func setRetention(ctx context.Context, cfg Config, c client.Client) error {
	got, err := c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: cfg.Namespace})
	if err != nil {
		return err
	}
	if got.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == cfg.Retention {
		return nil
	}
	_, err = c.WorkflowService().UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: cfg.Namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(cfg.Retention)},
	})
	return err
}

// errKind is final: no retry makes an attribute another kind.
var errKind = errors.New("a search attribute cannot change its type: give it another name, or start with an empty home")

// addSearchAttributes adds what the namespace lacks and says whether it did.
func addSearchAttributes(ctx context.Context, cfg Config, c client.Client) (bool, error) {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: cfg.Namespace})
	if err != nil {
		return false, err
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range cfg.SearchAttributes {
		switch is, ok := have.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case is != kind:
			return false, fmt.Errorf("%s is %s in %s and should be %s: %w", name, is, cfg.DBFile, kind, errKind)
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: cfg.Namespace, SearchAttributes: missing})
	return err == nil, err
}

// searchable asks for something by every attribute at once, which the server
// refuses as long as it does not know one of them.
func searchable(ctx context.Context, cfg Config, c client.Client) error {
	terms := make([]string, 0, len(cfg.SearchAttributes)+1)
	for _, name := range slices.Sorted(maps.Keys(cfg.SearchAttributes)) {
		terms = append(terms, "`"+name+"` IS NOT NULL")
	}
	terms = append(terms, "WorkflowId = 'none'")
	_, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: cfg.Namespace, Query: strings.Join(terms, " AND ")})
	return err
}

// retried calls f until it succeeds, fails for good or the context ends; its
// error is then the last that f gave.
func retried(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil || errors.Is(err, errKind) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(25 * time.Millisecond):
		}
	}
}
