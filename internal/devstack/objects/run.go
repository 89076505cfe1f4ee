package objects

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"
)

const (
	healthPath = "/healthz"
	// concurrency bounds what the gateway does at a time, since each blocks a
	// thread of the system's.
	concurrency = 512
	// connections is far above what one web and one worker open.
	connections = 16384
	// largestCopy is S3's own limit; as a library the gateway has 0, which
	// refuses every copy.
	largestCopy = 5 << 30
)

// IsChild says whether this process was started to be the gateway.
func IsChild() bool { return len(os.Args) > 1 && os.Args[1] == childArgument }

// RunChild is the gateway. It returns the process's exit code when its standard
// input ends, as it does when the parent is gone.
func RunChild() int {
	// The parent decides when we stop; a signal to all of its processes at once
	// would take the store away before those that still write to it.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		fmt.Fprintln(os.Stderr, "the S3 gateway is started by its parent, not by hand")
		return 2
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		fmt.Fprintln(os.Stderr, "its order:", err)
		return 2
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, input)
		cancel()
		// Idle connections may keep the gateway from ending by itself; what was
		// acknowledged is on disk.
		time.Sleep(stopLimit / 2)
		os.Exit(0)
	}()
	if err := serve(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, o order) error {
	at := layoutOf(o.Dir)
	for _, dir := range []string{at.data, at.versions} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	done, err := at.sweepAfterKill()
	if err != nil {
		return fmt.Errorf("sweep what a kill left behind: %w", err)
	}
	store, sidecar, err := metadata(at)
	if err != nil {
		return fmt.Errorf("find a place for metadata: %w", err)
	}
	options := posix.PosixOpts{
		VersioningDir:       at.versions,
		SideCarDir:          sidecar,
		Concurrency:         concurrency,
		CopyObjectThreshold: largestCopy,
	}
	options.SetNewDirPerm(0o700)
	options.SetNewFilePerm(0o600)
	files, err := posix.New(at.data, store, options)
	if err != nil {
		return err
	}
	b := newBackend(files, store, at, sidecar, o.Fsync)
	if err := b.ensureBuckets(ctx, o); err != nil {
		return err
	}
	cfg := &embedgw.Config{
		RootUserAccess: o.Keys.Access, RootUserSecret: o.Keys.Secret,
		Region: region, Ports: []string{o.Listen},
		MaxConnections: connections, MaxRequests: connections, MultipartMaxParts: 10_000,
		HealthPath: healthPath, Quiet: true, KeepAlive: true, DisableACLs: true,
	}
	if o.Fsync {
		cfg.S3Options = []s3api.Option{s3api.WithMiddleware("/", b.settleFirst)}
	}
	if err := embedgw.RunVersityGW(ctx, b, cfg); err != nil {
		return err
	}
	return done()
}

// layout says where things lie in the store's folder. The gateway wants versions
// and metadata beside the data, not inside.
type layout struct{ data, versions, sidecar, running string }

func layoutOf(dir string) layout {
	return layout{
		data:     filepath.Join(dir, "data"),
		versions: filepath.Join(dir, "versions"),
		sidecar:  filepath.Join(dir, "metadata"),
		running:  filepath.Join(dir, "running"),
	}
}

// metadata gives the place for what belongs to an object besides its bytes:
// extended attributes of its file, or a folder of their own where the file
// system has none. A store that began with the folder stays with it.
func metadata(at layout) (store meta.MetadataStorer, sidecar string, err error) {
	if _, err := os.Stat(at.sidecar); err != nil {
		xattr := meta.XattrMeta{}
		const probe = "probe"
		if xattr.StoreAttribute(nil, at.data, "", probe, []byte("1")) == nil {
			return xattr, "", xattr.DeleteAttribute(at.data, "", probe)
		}
		if err := os.MkdirAll(at.sidecar, 0o700); err != nil {
			return nil, "", err
		}
	}
	store, err = meta.NewSideCar(at.sidecar)
	return store, at.sidecar, err
}
