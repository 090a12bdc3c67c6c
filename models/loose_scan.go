package models

import "context"

// distinct returns the values of a column that begins an index, each found by one look at
// it, however many rows share it. where narrows to what the index has.
func distinct(ctx context.Context, from querier, table, column, where string) (values []string, err error) {
	if where != "" {
		where = " AND " + where
	}
	rows, err := from.QueryContext(ctx, "WITH RECURSIVE each (value) AS (SELECT (SELECT min("+column+") FROM "+table+" WHERE "+column+" > ''"+where+")"+
		" UNION ALL SELECT (SELECT min(t."+column+") FROM "+table+" AS t WHERE t."+column+" > each.value"+where+") FROM each WHERE each.value IS NOT NULL)"+
		" SELECT value FROM each WHERE value IS NOT NULL")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, rows.Err()
}
