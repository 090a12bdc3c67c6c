package named

func testAcme() {}
