package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// NoticeText is a text to be shown, without a change, before a consent is asked for.
type NoticeText struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Kind     string `json:"kind"`
	Purpose  string `json:"purpose"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Action   string `json:"action" doc:"Words for the button, or above the signature"`
	SHA256   string `json:"sha256" doc:"Of text, hex"`
}

type noticesInput struct {
	Language string `query:"language" default:"en" maxLength:"20" doc:"BCP 47; English where there is no other"`
}

type noticesOutput struct {
	Body struct {
		Items []NoticeText `json:"items"`
	}
}

func (h handler) listNotices(a huma.API) {
	huma.Register(a, operation("list-notices", http.MethodGet, "/notices", "The notices to be agreed to, in the order in which people are asked", http.StatusOK),
		func(_ context.Context, in *noticesInput) (*noticesOutput, error) {
			out := &noticesOutput{}
			for _, n := range consent.Notices(in.Language) {
				out.Body.Items = append(out.Body.Items, NoticeText{ID: n.ID, Version: n.Version, Language: n.Language, Kind: string(n.Kind),
					Purpose: string(n.Purpose), Title: n.Title, Text: n.Text, Action: n.Action, SHA256: n.SHA256})
			}
			return out, nil
		})
}
