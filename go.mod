module teahouse

go 1.26.0
