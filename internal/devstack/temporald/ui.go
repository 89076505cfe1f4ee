package temporald

import (
	"context"
	"fmt"
	"net/http"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

// webUI is Temporal's own, as its makers ship it.
type webUI struct {
	server *uiserver.Server
	url    string
}

// startUI starts it in the background. Its Start ends the process when it cannot
// listen; that the port is free was seen before.
func startUI(cfg Config) (ui *webUI, err error) {
	defer func() { // it panics on a configuration that it does not like
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	server := uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: loopback.Address(cfg.Host, cfg.FrontendPort),
		Host:                cfg.Host,
		Port:                cfg.UIPort,
		EnableUI:            true,
		DefaultNamespace:    cfg.Namespace,
		HideLogs:            true,
		// No news from the network, no question which release is the latest.
		DisableNewsFetch:   true,
		NotifyOnNewVersion: false,
		Distribution:       "server",
		// Same origin only; plain http, so its cookie must not ask for TLS.
		CORS:  uiconfig.CORS{CookieInsecure: true},
		Codec: uiconfig.Codec{Endpoint: cfg.CodecEndpoint, IncludeCredentials: true},
	}))
	go func() { _ = server.Start() }()
	return &webUI{server: server, url: "http://" + loopback.Address(cfg.Host, cfg.UIPort)}, nil
}

// ready returns when it answers.
func (ui *webUI) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	probe := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	return retried(ctx, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, ui.url+"/healthz", http.NoBody)
		if err != nil {
			return err
		}
		resp, err := probe.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", resp.Status)
		}
		return nil
	})
}

func (ui *webUI) close() { ui.server.Stop() }
