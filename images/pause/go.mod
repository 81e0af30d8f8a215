module smooth-operator/pause

go 1.21
