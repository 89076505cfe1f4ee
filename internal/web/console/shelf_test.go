package console

import (
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
)

var (
	_ identity.Store = (*evidence.Store)(nil)
	_ identity.Store = (*shelftest.Bucket)(nil)
)
