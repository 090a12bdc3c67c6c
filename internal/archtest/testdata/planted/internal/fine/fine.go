package fine

import "github.com/tidwall/gjson"
