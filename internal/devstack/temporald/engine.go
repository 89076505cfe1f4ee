package temporald

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

// clusterName is the name that Temporal's own development servers use.
const clusterName = "active"

// starts counts the starts of this process; see store.
var starts atomic.Int64

// uri is a file's name in a form that survives becoming part of a URI.
func uri(file string) string {
	return strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(file)
}

// store says how one start opens the SQLite file. WAL makes the engine six times
// faster than the default journal; with synchronous=normal a power cut may lose
// the last transactions but never the file. One connection, since SQLite has one
// writer and the server holds its own locks meanwhile.
//
// The server's plugin keeps every connection open for the life of the process
// and gives it out again to whoever asks with the same words, also when the file
// was replaced meanwhile. So each start says something else: "setup" means
// nothing but when it is "true".
func store(file string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: uri(file),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "10000",
			"setup":        fmt.Sprintf("start-%d", starts.Add(1)),
		},
		MaxConns:     1,
		MaxIdleConns: 1,
	}
}

// ensureFile makes the database if it is not there. The schema can only be
// created, not upgraded, and takes many statements: it is written beside, all of
// it brought to disk at once, and moved into place, so that a process killed
// meanwhile leaves no half of one.
func ensureFile(file string) error {
	_, err := os.Stat(file)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	fresh := file + ".new"
	for _, left := range []string{fresh, file + "-wal", file + "-shm"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	made, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // SQLite would let all read it
	if err != nil {
		return err
	}
	defer func() { _ = made.Close() }()
	plain := store(fresh)
	plain.ConnectAttributes["journal_mode"] = "memory"
	plain.ConnectAttributes["synchronous"] = "off"
	if err := sqlite.SetupSchema(plain); err != nil {
		return err
	}
	if err := made.Sync(); err != nil {
		return err
	}
	if err := os.Rename(fresh, file); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync()
}

// checkpoint moves what the write-ahead log holds into the file and empties it,
// so that a stopped stack is one file to copy. The server leaves that undone.
func checkpoint(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", "file:"+uri(file)+"?_pragma=busy_timeout(2000)")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// newServer puts the four services together; inner are the ports of history,
// matching and worker, which only the frontend talks to.
func newServer(cfg Config, db *config.SQL, inner []int, phase *atomic.Int32) (temporal.Server, error) {
	frontend := loopback.Address(cfg.Host, cfg.FrontendPort)
	ports := map[primitives.ServiceName]int{
		primitives.FrontendService: cfg.FrontendPort,
		primitives.HistoryService:  inner[0],
		primitives.MatchingService: inner[1],
		primitives.WorkerService:   inner[2],
	}
	services := map[string]config.Service{}
	hosts := map[primitives.ServiceName]static.Hosts{}
	for name, port := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: cfg.Host}}
		hosts[name] = static.SingleLocalHost(loopback.Address(cfg.Host, port))
	}
	return temporal.NewServer(
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(serverLog{log: cfg.Log, least: cfg.LogLevel, phase: phase}),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
		temporal.WithDynamicConfigClient(settings()),
		temporal.WithConfig(&config.Config{ // without Metrics and PProf: it opens no ports for them
			Global: config.Global{
				Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: cfg.Host},
			},
			Persistence: config.Persistence{
				DefaultStore:     sqliteplugin.PluginName,
				VisibilityStore:  sqliteplugin.PluginName,
				NumHistoryShards: 1, // for the life of the file; one connection gains nothing from more
				DataStores: map[string]config.DataStore{
					sqliteplugin.PluginName: {SQL: db},
				},
			},
			ClusterMetadata: &cluster.Config{
				FailoverVersionIncrement: 10,
				MasterClusterName:        clusterName,
				CurrentClusterName:       clusterName,
				ClusterInformation: map[string]cluster.ClusterInformation{
					clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
				},
			},
			DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
			Services:            services,
			Archival: config.Archival{
				History:    config.HistoryArchival{State: "disabled"},
				Visibility: config.VisibilityArchival{State: "disabled"},
			},
			NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
				History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
				Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
			}},
			PublicClient: config.PublicClient{HostPort: frontend},
		}),
	)
}

// plenty is a rate that one machine never reaches: what the defaults protect is
// a cluster shared by many, here they would only bound the benches.
const plenty = 100_000

// settings is the dynamic configuration.
func settings() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// A bulk upload must not starve who applies by hand.
		dynamicconfig.MatchingEnableFairness.Key(): true,
		// One process: more partitions only forward tasks to each other, and
		// fairness is exact within one.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		// The console lists; the default is ten calls a second.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key():        1000,
		dynamicconfig.FrontendMaxNamespaceVisibilityBurstRatioPerInstance.Key(): 2.0,
		dynamicconfig.FrontendRPS.Key():                                         plenty,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():                  plenty,
		dynamicconfig.FrontendMaxConcurrentLongRunningRequestsPerInstance.Key(): plenty,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                           plenty,
		dynamicconfig.HistoryRPS.Key():                                          plenty,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                            plenty,
		dynamicconfig.MatchingRPS.Key():                                         plenty,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                           plenty,

		// At 32 KB an open workflow, the default of 128,000 would be 4 GB.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,

		// It would tell its maker that it runs.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
}
