module kube-flask/podnet

go 1.26
