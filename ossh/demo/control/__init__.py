"""How a server is started, and how tests change it while it runs: the control calls.

`POST /-demo/CALL` with the header `x-demo-token` and the call's arguments as ASCII JSON in
`x-demo-args`; bytes of an object are the request's body. No bucket has a name like `-demo`.
"""

PATH = "/-demo/"
TOKEN_HEADER = "x-demo-token"
ARGUMENTS_HEADER = "x-demo-args"
