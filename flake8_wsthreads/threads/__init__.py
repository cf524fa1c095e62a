"""Which thread runs this code?"""
