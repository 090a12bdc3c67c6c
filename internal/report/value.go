package report

import (
	"encoding/json"

	usersync "usersync/sync"
)

// Plain is a value as JSON shows it; nil is null, and what is absent.
func Plain(v usersync.Value) any {
	switch v.Kind() {
	case usersync.Bool:
		return v.True()
	case usersync.Time:
		return Instant{Time: v.Micros().Time()}
	case usersync.Text:
		return v.Str()
	case usersync.JSON:
		if document, whole := v.Document(); whole {
			return json.RawMessage(document)
		}
	}
	return nil
}
