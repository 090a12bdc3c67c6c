package main

import (
	"fmt"
	"io"
	"strings"
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

// demoRows is how many of the listed users are shown.
const demoRows = 4

// print writes the result for a person.
func (r *demoResult) print(out io.Writer) {
	requests := make([][]string, len(r.Requests))
	for i, q := range r.Requests {
		note := q.Note
		if q.Surprise {
			note += "  UNEXPECTED"
		}
		requests[i] = []string{"POST /webhooks/" + q.Provider, q.Kind, q.User, strings.TrimSpace(fmt.Sprintf("→ %d %s", q.Status, q.Outcome)), note}
	}
	writeTable(out, requests)

	r.List.print(out)

	columns := []string{"provider", "provider_user_id", "email", "name", "email_verified", "suspended", "suspended_reason", "deleted_at"}
	fmt.Fprintf(out, "\nSELECT %s FROM users:\n\n", strings.Join(columns, ", "))
	users := [][]string{columns}
	listed := 0
	for _, u := range r.Users {
		if u.Provider == r.List.Provider {
			if listed++; listed > demoRows {
				continue
			}
		}
		users = append(users, []string{u.Provider, u.ProviderUserID, cell(u.Email), cell(u.Name), cell(u.EmailVerified), fmt.Sprint(u.Suspended), cell(u.Reason), cell(u.DeletedAt)})
	}
	writeTable(out, users)
	if more := listed - demoRows; more > 0 {
		fmt.Fprintf(out, "… and %d more of %s\n", more, r.List.Provider)
	}
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
