package dashboard

import "net/http"

func (d *Dashboard) overview(r *http.Request) (sheet, error) {
	return sheet{template: "overview", title: "Overview", live: true, body: viewOverview(d.desk.Overview(r.Context()))}, nil
}
