// Small programs of the test machines: they need nothing but Go itself.
module clusterupgrade.io/test/machines/small

go 1.25.0
