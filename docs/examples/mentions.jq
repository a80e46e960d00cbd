# Prints every message that contains a name, one line each, as it is sent:
#
#     ssh host follow --json | jq -r --unbuffered --arg me alice -f mentions.jq
#
# Every event has a type, see docs/json.md. Skip those you don't know.
select(.type == "message" and .name != $me)
| select(.text | ascii_downcase | contains($me | ascii_downcase))
| "\(.time[11:16]) #\(.room) \(.name): \(.text)"
