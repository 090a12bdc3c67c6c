package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"usersync/models"
)

// demoUser is a row of the users table, as the demo prints it.
type demoUser struct {
	Provider       string  `json:"provider"`
	ProviderUserID string  `json:"provider_user_id"`
	Email          *string `json:"email"`
	Name           *string `json:"name"`
	EmailVerified  *bool   `json:"email_verified"`
	Suspended      bool    `json:"suspended"`
	Reason         *string `json:"suspended_reason"`
	DeletedAt      *string `json:"deleted_at"`
}

func demoUsers(rows []models.User) []demoUser {
	users := make([]demoUser, len(rows))
	for i, u := range rows {
		users[i] = demoUser{u.Provider, u.ProviderUserID, u.Email, u.Name, u.EmailVerified, u.Suspended, u.SuspendedReason, nil}
		if u.DeletedAt != nil {
			at := u.DeletedAt.Format(time.RFC3339)
			users[i].DeletedAt = &at
		}
	}
	return users
}

// print writes the result for a person. A failed write of the terminal has
// nobody to be told to.
func (r *demoResult) print(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, q := range r.Requests {
		note := q.Note
		if q.Surprise {
			note += "  UNEXPECTED"
		}
		fmt.Fprintf(table, "POST /webhooks/%s\t%s\t%s\t→ %d %s\t%s\n", q.Provider, q.Kind, q.User, q.Status, q.Outcome, note)
	}
	_ = table.Flush()

	fmt.Fprint(out, "\nSELECT provider, provider_user_id, email, name, email_verified, suspended, suspended_reason, deleted_at FROM users:\n\n")
	fmt.Fprintln(table, "provider\tprovider_user_id\temail\tname\temail_verified\tsuspended\tsuspended_reason\tdeleted_at")
	for _, u := range r.Users {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%v\t%s\t%s\n", u.Provider, u.ProviderUserID, cell(u.Email), cell(u.Name), cell(u.EmailVerified), u.Suspended, cell(u.Reason), cell(u.DeletedAt))
	}
	_ = table.Flush()
	if r.Surprises == 0 {
		fmt.Fprintf(out, "\n%d webhooks, %d users, every answer as it should be.\n", len(r.Requests), len(r.Users))
	} else {
		fmt.Fprintf(out, "\n%d answers were NOT as they should be.\n", r.Surprises)
	}
}

// cell shows NULL as a dash.
func cell[T any](value *T) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprint(*value)
}
