package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// ScoreLive scores the attempt of a live assessment, by the rubric's IDs.
func (c *Client) ScoreLive(ctx context.Context, id, requirement string, attempt int, scores map[string]int, remark string) error {
	return c.requirement(ctx, id, requirement, "score", map[string]any{"attempt": attempt, "scores": scores, "remark": remark})
}

// JudgeRequirement decides whether the equipment that was declared is enough.
func (c *Client) JudgeRequirement(ctx context.Context, id, requirement string, attempt int, pass bool, reason string) error {
	return c.requirement(ctx, id, requirement, "judge", map[string]any{"attempt": attempt, "pass": pass, "reason": reason})
}

// WaiveRequirement goes on without a requirement.
func (c *Client) WaiveRequirement(ctx context.Context, id, requirement, reason string) error {
	return c.requirement(ctx, id, requirement, "waive", map[string]any{"reason": reason})
}

func (c *Client) requirement(ctx context.Context, id, requirement, action string, with map[string]any) error {
	body, err := json.Marshal(with)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/applications/"+url.PathEscape(id)+"/requirements/"+url.PathEscape(requirement)+"/"+action, nil, body, "", nil)
	return err
}
